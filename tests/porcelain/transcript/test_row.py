from __future__ import annotations

from porcelain.transcript.row import (
    Row,
    Turn,
    compaction_mark,
    first_line,
    heads,
    lineage_rows,
    linear,
    message_count,
    model,
    nearest_cut,
    pairs,
    path,
    title,
    turns,
)


def row(role: str | None = None, text: str = "", prompt: bool = False) -> Row:
    return Row(text.encode(), role, text, prompt=prompt, title=first_line(text) if prompt else "")


def call(*ids: str) -> Row:
    return Row(b"", "assistant", calls=ids)


def result(*ids: str) -> Row:
    return Row(b"", "tool", results=ids)


def test_turns_begin_at_prompts_and_the_first_takes_what_precedes_it() -> None:
    rows = [row("system"), row("user", "a", True), row("assistant"), row("user", "b", True)]
    assert turns(rows) == ((0, 3), (3, 4))
    assert linear(rows) == (Turn((0, 1, 2), None), Turn((3,), 0))


def test_rows_without_a_prompt_are_one_turn_and_no_rows_are_none() -> None:
    assert turns([row("assistant"), row()]) == ((0, 2),)
    assert turns([]) == ()
    assert linear([]) == ()


def test_a_row_that_repeats_a_native_id_begins_no_turn() -> None:
    first = row("user", "a", True)._replace(native_id="1")
    other = row("user", "b", True)._replace(native_id="2")
    assert turns([first, other, first]) == ((0, 1), (1, 3))


def test_only_rows_with_a_role_count_as_messages() -> None:
    assert message_count([row(), row("user"), row("tool"), row()]) == 2


def test_the_title_is_the_last_prompts_first_line() -> None:
    rows = [row("user", "first", True), row("user", "\n  second \nmore", True), row("assistant")]
    assert title(rows) == "second"


def test_without_a_prompt_the_title_is_the_last_words_said() -> None:
    assert title([row("system", "be kind"), row(None, "noise"), row("assistant", " ")]) == "be kind"
    assert title([]) == ""


def test_the_model_is_the_one_used_last() -> None:
    rows = [row()._replace(model="a"), row()._replace(model="b"), row()]
    assert model(rows) == "b"
    assert model([row()]) == ""


def test_the_newest_compaction_is_the_one_that_counts() -> None:
    mark = row()._replace(compaction=True)
    assert compaction_mark([mark, row(), mark, row()]) == 2
    assert compaction_mark([row()]) is None


def test_paths_and_lineages_follow_parents() -> None:
    tree = (Turn((0, 1), None), Turn((2,), 0), Turn((3, 4), 0), Turn((5,), 2))
    assert heads(tree) == (1, 3)
    assert path(tree, 3) == (0, 2, 3)
    assert lineage_rows(tree, 3) == (0, 1, 3, 4, 5)


def test_a_cut_never_separates_a_call_from_its_result() -> None:
    rows = [row("user"), call("x", "y"), result("y"), row(), result("x"), row("assistant")]
    assert pairs(rows) == ((1, 4),)
    assert [nearest_cut(rows, at) for at in range(8)] == [0, 1, 1, 1, 1, 5, 6, 6]


def test_interleaved_calls_move_a_cut_before_the_first_of_them() -> None:
    rows = [call("x"), call("y"), result("x"), result("y")]
    assert nearest_cut(rows, 3) == 0


def test_a_call_id_that_is_used_again_is_another_call() -> None:
    rows = [call("0"), result("0"), call("0"), result("0")]
    assert pairs(rows) == ((0, 1), (2, 3))
    assert nearest_cut(rows, 2) == 2


def test_a_call_without_result_does_not_hinder_a_cut() -> None:
    assert nearest_cut([call("x"), row(), result("other")], 2) == 2

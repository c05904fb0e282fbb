from __future__ import annotations

from porcelain.transcript.row import (
    Row,
    Turn,
    first_line,
    heads,
    lineage_rows,
    linear,
    message_count,
    model,
    path,
    title,
    turns,
)


def row(role: str | None = None, text: str = "", prompt: bool = False) -> Row:
    return Row(text.encode(), role, text, prompt=prompt, title=first_line(text) if prompt else "")


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


def test_paths_and_lineages_follow_parents() -> None:
    tree = (Turn((0, 1), None), Turn((2,), 0), Turn((3, 4), 0), Turn((5,), 2))
    assert heads(tree) == (1, 3)
    assert path(tree, 3) == (0, 2, 3)
    assert lineage_rows(tree, 3) == (0, 1, 3, 4, 5)

from __future__ import annotations

import pytest

from porcelain.transcript.claude import claude_code
from porcelain.transcript.row import Transcript, Turn, heads, lineage_rows
from tests.porcelain.transcript.claude_rows import Chat


def read(chat: Chat) -> Transcript:
    return claude_code.parse(chat.data(), "chat.jsonl")


def branches(chat: Chat) -> list[list[str]]:
    """Return the uuids of each conversation in the file, in the order of their heads."""
    transcript = read(chat)
    return [
        [transcript.rows[row].native_id or "-" for row in lineage_rows(transcript.turns, head)]
        for head in heads(transcript.turns)
    ]


def test_a_last_prompt_names_the_live_branch() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    chat.turn(3, parent="a1")
    chat.side("last-prompt", lastPrompt="q2", leafUuid="a2")
    found = claude_code.parse(chat.data(), "x.jsonl")
    assert [(turn.rows, turn.parent) for turn in found.turns] == [
        ((0, 1), None),
        ((2, 3), 0),
        ((4, 5), 0),
        ((6,), 1),
    ]
    assert heads(found.turns) == (2, 3)
    chat.turn(4, parent="a2")
    found = claude_code.parse(chat.data(), "x.jsonl")
    assert (found.turns[-1].rows, found.turns[-1].parent) == ((7, 8), 3)


@pytest.mark.parametrize("leaf", ["a3", "a1", "u2", "nowhere", "0" * 36, None])
def test_a_last_prompt_that_names_no_other_end_changes_nothing(leaf: str | None) -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    chat.turn(3, parent="a1")
    chat.side("last-prompt", lastPrompt="q3", leafUuid=leaf)
    found = claude_code.parse(chat.data(), "x.jsonl")
    assert [(turn.rows, turn.parent) for turn in found.turns][2:] == [((4, 5, 6), 0)]


def test_a_plain_conversation_is_one_line_of_turns() -> None:
    chat = Chat()
    for number in (1, 2, 3):
        chat.turn(number)
    assert read(chat).turns == (Turn((0, 1), None), Turn((2, 3), 0), Turn((4, 5), 1))


def test_rows_before_the_first_prompt_belong_to_its_turn() -> None:
    chat = Chat()
    chat.side("summary", summary="An older one", leafUuid="gone")
    chat.progress("hook", parent=None)
    chat.turn(1)
    chat.turn(2)
    assert [turn.rows for turn in read(chat).turns] == [(0, 1, 2, 3), (4, 5)]


def test_an_edited_prompt_makes_a_branch_from_the_turn_before_it() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    chat.turn(3)
    chat.turn(4, parent="a1")
    assert branches(chat) == [
        ["u1", "a1", "u2", "a2", "u3", "a3"],
        ["u1", "a1", "u4", "a4"],
    ]


def test_a_rewind_over_hook_rows_branches_at_the_same_turn() -> None:
    chat = Chat()
    chat.turn(1)
    chat.put("system", "hook1", subtype="stop_hook_summary")
    chat.put("system", "time1", subtype="turn_duration")
    chat.turn(2)
    chat.turn(3, parent="hook1")
    assert branches(chat) == [
        ["u1", "a1", "hook1", "time1", "u2", "a2"],
        ["u1", "a1", "hook1", "time1", "u3", "a3"],
    ]


def test_three_tries_of_one_prompt_are_three_branches() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    chat.turn(3, parent="a1")
    chat.turn(4, parent="a1")
    assert [branch[-2] for branch in branches(chat)] == ["u2", "u3", "u4"]
    assert all(branch[:2] == ["u1", "a1"] for branch in branches(chat))


def test_going_back_to_an_abandoned_branch_continues_it() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    chat.turn(3, parent="a1")
    chat.turn(4, parent="a2")
    assert branches(chat) == [
        ["u1", "a1", "u3", "a3"],
        ["u1", "a1", "u2", "a2", "u4", "a4"],
    ]


def test_editing_the_first_prompt_starts_a_second_conversation_with_the_same_beginning() -> None:
    chat = Chat()
    chat.progress("hook", parent=None)
    chat.turn(1)
    chat.turn(2)
    chat.turn(3, parent="hook")
    assert branches(chat) == [["hook", "u1", "a1", "u2", "a2"], ["hook", "u3", "a3"]]


def test_editing_a_first_prompt_that_has_no_parent_starts_a_second_conversation() -> None:
    chat = Chat()
    chat.turn(1, parent=None)
    chat.turn(2)
    chat.turn(3, parent=None)
    assert branches(chat) == [["u1", "a1", "u2", "a2"], ["u3", "a3"]]


def test_a_prompt_that_was_never_answered_is_a_dead_end_and_no_branch() -> None:
    chat = Chat()
    chat.turn(1)
    chat.user("oops", "typo")
    chat.turn(2, parent="a1")
    assert branches(chat) == [["u1", "a1", "typo", "u2", "a2"]]


def test_an_api_error_is_no_answer() -> None:
    chat = Chat()
    chat.turn(1)
    chat.user("try", "try")
    chat.answer("API Error: overloaded", "error", model="<synthetic>", isApiErrorMessage=True)
    chat.turn(2, parent="a1")
    assert len(branches(chat)) == 1


def test_a_prompt_that_leaves_a_dead_end_on_another_branch_goes_where_it_attaches() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    chat.turn(3, parent="a1")
    chat.user("never answered", "u4")
    chat.turn(5, parent="a2")
    assert ["u1", "a1", "u2", "a2", "u5", "a5"] in branches(chat)


def test_a_retried_response_of_which_one_goes_on_stays_linear() -> None:
    chat = Chat()
    chat.user("q", "u1")
    chat.answer("first try", "a1")
    chat.answer("second try", "a2", parent="u1")
    chat.turn(3)
    assert branches(chat) == [["u1", "a1", "a2", "u3", "a3"]]


def test_a_retried_response_stays_linear_when_the_older_try_goes_on() -> None:
    chat = Chat()
    chat.user("q", "u1")
    chat.answer("first try", "a1")
    chat.answer("second try", "a2", parent="u1")
    chat.turn(3, parent="a1")
    assert branches(chat) == [["u1", "a1", "a2", "u3", "a3"]]


def test_two_responses_that_both_go_on_with_prompts_are_two_branches() -> None:
    chat = Chat()
    chat.user("q", "u1")
    chat.answer("one way", "a1")
    chat.turn(2)
    chat.answer("the other way", "b1", parent="u1")
    chat.turn(3)
    found = branches(chat)
    assert found[0][:4] == ["u1", "a1", "u2", "a2"]
    assert found[1] == ["u1", "b1", "u3", "a3"]


def test_going_back_into_the_middle_of_a_turn_shares_its_first_rows() -> None:
    chat = Chat()
    chat.user("q", "u1")
    chat.call("t1", "c1")
    chat.result("t1", "r1")
    chat.answer("looked at it", "m1")
    chat.call("t2", "c2")
    chat.result("t2", "r2")
    chat.answer("done", "a1")
    chat.turn(2)
    chat.turn(3, parent="m1")
    chat.turn(4, parent="m1")
    assert branches(chat) == [
        ["u1", "c1", "r1", "m1", "c2", "r2", "a1", "u2", "a2"],
        ["u1", "c1", "r1", "m1", "u3", "a3"],
        ["u1", "c1", "r1", "m1", "u4", "a4"],
    ]


def test_going_back_to_a_call_keeps_the_calls_result() -> None:
    chat = Chat()
    chat.user("q", "u1")
    chat.call("t1", "c1")
    chat.result("t1", "r1")
    chat.answer("done", "a1")
    chat.turn(2)
    chat.turn(3, parent="c1")
    assert branches(chat)[1] == ["u1", "c1", "r1", "u3", "a3"]


def test_parallel_tool_calls_are_linear() -> None:
    chat = Chat()
    chat.user("q", "u1")
    chat.call("t1", "c1", response="m")
    chat.call("t2", "c2", response="m")
    chat.call("t3", "c3", response="m")
    chat.result("t2", "r2", parent="c2")
    chat.result("t1", "r1", parent="c1")
    chat.result("t3", "r3", parent="c3")
    chat.answer("done", "a1", parent="r1")
    chat.turn(2)
    chat.turn(3, parent="a2")
    assert len(branches(chat)) == 1


def test_a_conversation_threaded_through_progress_rows_is_linear() -> None:
    chat = Chat()
    chat.user("q", "u1")
    chat.call("t1", "c1")
    chat.progress("p1", parent="c1")
    chat.progress("p2", parent="p1")
    chat.result("t1", "r1", parent="c1")
    chat.answer("done", "a1")
    chat.turn(2, parent="p2")
    chat.turn(3)
    assert len(branches(chat)) == 1


def test_a_late_progress_row_does_not_pull_the_next_prompt_back() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    chat.progress("late", parent="a1")
    chat.turn(3)
    assert branches(chat) == [["u1", "a1", "u2", "a2", "late", "u3", "a3"]]


def test_a_parent_that_is_not_in_the_file_means_the_row_before() -> None:
    chat = Chat()
    chat.turn(1, parent="somewhere-else")
    chat.turn(2, parent="gone")
    chat.turn(3)
    assert len(branches(chat)) == 1


def test_a_row_that_is_its_own_parent_or_comes_before_its_parent_is_harmless() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2, parent="u2")
    chat.turn(3, parent="a4")
    chat.turn(4)
    assert len(branches(chat)) == 1


def test_rows_out_of_time_order_keep_their_place() -> None:
    chat = Chat()
    for number in (1, 2, 3):
        chat.turn(number)
    for row, minute in zip(chat.rows, (30, 10, 50, 20, 40, 0), strict=True):
        row["timestamp"] = f"2026-03-01T10:{minute:02}:00.000Z"
    assert branches(chat) == [["u1", "a1", "u2", "a2", "u3", "a3"]]


def test_repeated_rows_stay_where_they_stand_and_start_no_turn() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    again = [dict(row) for row in chat.rows[:2]]
    chat.rows += again
    chat.turn(3, parent="a1")
    transcript = read(chat)
    assert branches(chat) == [["u1", "a1", "u2", "a2", "u1", "a1", "u3", "a3"]]
    assert [turn.rows for turn in transcript.turns] == [(0, 1), (2, 3, 4, 5), (6, 7)]


def test_prompts_replayed_with_new_ids_after_a_compaction_are_no_branch() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    chat.put("system", "b", parent=None, subtype="compact_boundary", logicalParentUuid="a2")
    replayed = dict(chat.rows[2], uuid="u2-again", parentUuid="a1")
    chat.rows.append(replayed)
    chat.answer("r2", "a2-again", parent="u2-again")
    chat.turn(3)
    assert len(branches(chat)) == 1


def test_a_compaction_continues_the_conversation() -> None:
    chat = Chat()
    chat.turn(1)
    chat.put("system", "b", parent=None, subtype="compact_boundary", logicalParentUuid="a1")
    chat.user("This session is being continued from ...", "s", isCompactSummary=True)
    chat.turn(2)
    assert branches(chat) == [["u1", "a1", "b", "s", "u2", "a2"]]


def test_a_rewind_to_before_a_compaction_is_a_branch() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    chat.put("system", "b", parent=None, subtype="compact_boundary", logicalParentUuid="a2")
    chat.user("This session is being continued from ...", "s", isCompactSummary=True)
    chat.turn(3)
    chat.turn(4, parent="a1")
    assert branches(chat)[1] == ["u1", "a1", "u4", "a4"]


def test_two_sessions_in_one_file_are_one_line() -> None:
    chat = Chat("old")
    chat.turn(1, parent=None)
    chat.turn(2)
    chat.session = "new"
    chat.turn(3, parent=None)
    chat.turn(4)
    assert len(branches(chat)) == 1


def test_prompts_of_a_file_without_links_are_one_line() -> None:
    chat = Chat()
    for number in (1, 2, 3):
        chat.turn(number)
    for row in chat.rows:
        row["parentUuid"] = None
    assert len(branches(chat)) == 1


def test_sub_agent_rows_belong_to_the_turn_that_they_stand_in() -> None:
    chat = Chat()
    chat.user("q", "u1")
    chat.call("t1", "c1")
    chat.user("do it", "s1", parent=None, isSidechain=True)
    chat.answer("did it", "s2", isSidechain=True)
    chat.result("t1", "r1", parent="c1")
    chat.answer("done", "a1")
    chat.turn(2)
    transcript = read(chat)
    assert [len(turn.rows) for turn in transcript.turns] == [6, 2]
    assert len(branches(chat)) == 1


def test_side_rows_go_with_the_turn_that_they_stand_in() -> None:
    chat = Chat()
    chat.turn(1)
    chat.side("file-history-snapshot", messageId="a1", snapshot={}, isSnapshotUpdate=False)
    chat.turn(2)
    chat.side("custom-title", sessionId=chat.session, customTitle="T")
    assert [turn.rows for turn in read(chat).turns] == [(0, 1, 2), (3, 4, 5)]

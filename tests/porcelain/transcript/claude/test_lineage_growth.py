"""More rows at the end of a file never change the turns that were there before."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.transcript.claude import claude_code
from porcelain.transcript.row import Turn, heads, lineage_rows
from tests.porcelain.transcript.claude.test_claude_lineage import read
from tests.porcelain.transcript.claude_rows import Chat


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("upastmdn"), st.integers(0, 30)), max_size=24))
def test_more_rows_never_change_the_turns_that_were_there(steps: list[tuple[str, int]]) -> None:
    chat = Chat()
    chat.turn(0)
    ids = ["u0", "a0"]
    for kind, back in steps:
        more: dict[str, Any] = {"parent": ids[-1 - back % len(ids)]} if back < 20 else {}
        if kind == "u":
            ids.append(chat.user(f"q{len(ids)}", **more))
        elif kind == "p":
            ids.append(chat.progress(**more))
        elif kind == "t":
            ids.append(chat.result("t", **more))
        elif kind == "m":
            ids.append(chat.user("meta", isMeta=True, **more))
        elif kind == "d":
            chat.rows.append(dict(chat.rows[-1 - back % len(chat.rows)]))
        elif kind == "n":
            ids.append(chat.user(f"q{len(ids)}", parent=None))
        elif kind == "s":
            chat.side("summary", summary="s", leafUuid=ids[-1])
        else:
            ids.append(chat.answer("r", **more))
    rows = read(chat).rows
    before: tuple[Turn, ...] = ()
    for count in range(1, len(rows) + 1):
        now = claude_code.lineages(rows[:count])
        assert now[: max(0, len(before) - 1)] == before[:-1]
        if before:
            grown = now[len(before) - 1]
            assert grown.parent == before[-1].parent
            assert grown.rows[: len(before[-1].rows)] == before[-1].rows
        assert now[-1].rows[-1] == count - 1
        assert {row for turn in now for row in turn.rows} == set(range(count))
        assert all(list(turn.rows) == sorted(set(turn.rows)) for turn in now)
        for head in heads(now):
            lineage = lineage_rows(now, head)
            assert list(lineage) == sorted(set(lineage))
        assert all(turn.parent is None or turn.parent < i for i, turn in enumerate(now))
        before = now

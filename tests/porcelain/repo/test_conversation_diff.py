"""A difference between conversations says exactly what differs."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.repo.conversation_diff import Trees, diff_trees
from store.ids import EMPTY_TREE, TreeId
from store.session.session import Session
from store.tree_layout.layout import write_session
from tests.harness.memory import Memory

TEXTS = st.lists(
    st.tuples(
        st.sampled_from(["user", "assistant"]), st.sampled_from(["a b c", "a b d", "x", "y"])
    ),
    max_size=7,
)
AT = "2026-01-01T00:00:00+00:00"


def tree(memory: Memory, rows: list[tuple[str, str]]) -> TreeId:
    if not rows:
        return EMPTY_TREE
    raw = [json.dumps({"role": role, "content": text}).encode() for role, text in rows]
    return write_session(memory, Session.new("s", model="m", created_at=AT, messages=raw), "native")


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_what_does_not_differ_is_equal_in_order(
    old: list[tuple[str, str]], new: list[tuple[str, str]]
) -> None:
    memory = Memory()

    diff = diff_trees(Trees(memory, tree(memory, old), tree(memory, new)))

    gone = [change.before[0] or 0 for change in diff.rows if change.before is not None]
    came = [change.after[0] or 0 for change in diff.rows if change.after is not None]
    assert gone == sorted(set(gone))
    assert came == sorted(set(came))
    kept = [row for number, row in enumerate(old, 1) if number not in gone]
    assert kept == [row for number, row in enumerate(new, 1) if number not in came]
    assert diff.rows == () if old == new else diff.rows
    for change in diff.rows:
        if change.before is not None and change.after is not None:
            was, now = change.before[0] or 0, change.after[0] or 0
            assert old[was - 1][0] == new[now - 1][0], "of one role"

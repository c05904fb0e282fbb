"""Three-way merges of the values of a view, as jj merges the targets of names."""

from __future__ import annotations

import pytest

from porcelain.model.source import Source
from porcelain.model.view_merge import merge_value
from porcelain.model.view_value import Workspace
from store.ids import CommitId

# A line of commits a < b < c < d, and x beside it on a.
LINE = "abcd"
A, B, C, D, X = (CommitId(letter * 40) for letter in "abcde")


def is_ancestor(one: CommitId, other: CommitId) -> bool:
    """Compare ancestors by letters."""
    if one in (other, A):
        return True
    return X not in (one, other) and one < other


def merged(
    base: str | None, ours: str | None, theirs: str | None, part: str = "sessions"
) -> object:
    """Merge three targets."""
    return merge_value(part, base, ours, theirs, is_ancestor)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        (A, A, B, B),
        (A, B, A, B),
        (A, B, B, B),
        (A, B, C, C),  # both forward: the further one
        (None, B, C, C),  # both new on one line: the further one
        (None, B, X, f"{B} - {X}"),
        (B, C, X, f"{C} {B} {X}"),
        (B, None, C, f"- {B} {C}"),  # deleted here, moved there
        (B, C, None, f"{C} {B} -"),
        (B, None, None, None),
        (B, B, None, None),
        (C, D, A, f"{D} {C} {A}"),  # forward and back
    ],
)
def test_where_a_name_points(
    base: str | None, ours: str | None, theirs: str | None, expected: str | None
) -> None:
    assert merged(base, ours, theirs) == expected


def test_a_conflict_is_resolved_by_what_continues_both_or_taken_back() -> None:
    conflict = f"{C} {B} {X}"
    assert merged(conflict, conflict, D) == D
    assert merged(C, conflict, D) in (f"{X} {B} {D}", f"{D} {B} {X}")
    assert merged(X, conflict, B) == C


def test_a_workspace_merges_commit_and_session_apart_and_stays_forgotten() -> None:
    def place(commit: CommitId, session: str) -> str:
        return Workspace(commit, session).text()

    base, ours, theirs = place(A, "s"), place(B, "s"), place(A, "t")
    assert merged(base, ours, theirs, "workspaces") == place(B, "t")
    assert merged(base, None, theirs, "workspaces") is None
    assert merged(base, place(B, "s"), place(C, "s"), "workspaces") == place(B, "s")


def test_of_two_versions_of_a_source_the_longer_counts_and_names_the_other() -> None:
    base, ours, theirs = (
        Source(rows, A, "s", stored=stored).text() for rows, stored in ((1, A), (9, B), (4, C))
    )
    for sides in ((ours, theirs), (theirs, ours)):
        found = Source.of(str(merged(base, *sides, "imports")))
        assert (found.rows, found.stored, found.earlier) == (9, B, (C,))


def test_a_remote_name_keeps_whether_it_is_tracked() -> None:
    part = "remotes/origin/sessions"
    base, ours, theirs = f"tracked {A}", f"untracked {A}", f"tracked {B}"
    assert merged(base, ours, theirs, part) == f"untracked {B}"
    assert merged(base, base, None, part) is None

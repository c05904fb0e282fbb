"""The tree of conversations as lines, and what each line adds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from porcelain.exchange.page.lines import Line, find_lines
from porcelain.exchange.page.segment import Segment, read_segment
from porcelain.repo.reader import RepoReader
from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A conversation of four turns."""
    made = Sandbox(tmp_path, monkeypatch)
    made.begin(4)
    return made


def look(box: Sandbox, revset: str = "all()") -> tuple[list[Line], list[Segment]]:
    repo = RepoReader.look(os.fspath(box.repo), "host")
    lines = find_lines(repo, repo.select(revset).positions())
    return lines, [read_segment(repo, line) for line in lines]


def shape(lines: list[Line]) -> list[tuple[str, int | None, int, int]]:
    return [(",".join(one.sessions), one.parent, len(one.commits), one.start_rows) for one in lines]


def conversation(lines: list[Line], segments: list[Segment], number: int) -> list[int]:
    """Return the numbers of the rows at the end of a line, as the page puts them together."""
    parent = lines[number].parent
    before = [] if parent is None else conversation(lines, segments, parent)
    kept = [one for one in before if one <= segments[number].kept]
    return [*kept, *(message.place for message in segments[number].messages)]


def test_a_fork_is_a_line_that_knows_where_it_parts(box: Sandbox) -> None:
    box.ok("fork demo try --at 4")
    box.ok("append -m 'another way'")

    lines, segments = look(box)

    assert shape(lines) == [("demo", None, 4, 0), ("try", 0, 1, 4)]
    assert [conversation(lines, segments, place) for place in (0, 1)] == [
        [*range(1, 9)],
        [*range(1, 6)],
    ]
    assert [turn.added for turn in segments[0].turns] == [2, 2, 2, 2]


def test_the_original_goes_on_in_its_line_although_the_fork_was_faster(box: Sandbox) -> None:
    box.ok("fork demo try")
    box.ok("append -m 'the fork'")
    box.ok("edit demo")
    box.ok("append -m 'the original'")

    lines, _ = look(box)

    assert [one.sessions for one in lines] == [("demo",), ("try",)]


def test_a_session_inside_another_s_line_is_an_end_of_its_own(box: Sandbox) -> None:
    box.ok("session create early -r @--")

    lines, segments = look(box)

    assert shape(lines) == [("demo", None, 4, 0), ("early", 0, 0, 4)]
    assert conversation(lines, segments, 1) == [1, 2, 3, 4]


def test_a_line_that_removes_messages_keeps_fewer(box: Sandbox) -> None:
    box.ok("new -m rewritten")
    box.ok("restore --from @---")

    lines, segments = look(box)

    assert conversation(lines, segments, 0) == [1, 2, 3, 4]
    assert [turn.added for turn in segments[0].turns] == [2, 2, 0, 0, 0]


def test_a_merge_shows_the_lines_of_both_parents(box: Sandbox) -> None:
    box.ok("fork demo try --at 4")
    box.ok("append -m 'another way'")
    box.ok("new demo try -m both")

    lines, _ = look(box)

    assert {name for one in lines for name in one.sessions} == {"demo", "try"}
    assert sum(len(one.commits) for one in lines) == 6


def test_only_the_lineage_of_the_revision_is_shown(box: Sandbox) -> None:
    box.ok("fork demo try --at 4")
    box.ok("append -m 'another way'")

    lines, _ = look(box, "demo")

    assert shape(lines) == [("demo", None, 4, 0)]

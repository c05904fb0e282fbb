"""Listing sessions, for people and as data."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.cli.colors import Piece
from porcelain.cli.context import Context
from porcelain.cli.render.commit import Commits
from porcelain.display import plain
from porcelain.view_rows import get_row
from porcelain.view_value import SESSIONS, parse_target
from store.ids import CommitId


def list_sessions(context: Context, names: Sequence[str]) -> None:
    """Write all sessions, or those named, in byte order; a name that is none is a warning."""
    repo, output = context.reader, context.output
    rows = _named(context, names) if names else repo.names(SESSIONS)
    commits = Commits(repo)
    if output.json:
        current = repo.workspace.session
        output.data([_data(commits, name, value, current) for name, value in rows])
        return
    output.start_pager()
    for name, value in rows:
        output.text(_lines(commits, name, value))


def _named(context: Context, names: Sequence[str]) -> list[tuple[str, str]]:
    rows = []
    for name in sorted(set(names)):
        value = get_row(context.reader.index, SESSIONS, name)
        if value is None:
            context.output.warning(f"No session is named {plain(name)}")
        else:
            rows.append((name, value))
    return rows


def _lines(commits: Commits, name: str, value: str) -> list[Piece]:
    target = parse_target(value)
    pieces: list[Piece] = [("sessions", plain(name))]
    if len(target) == 1 and target[0] is not None:
        return [*pieces, ("", ": "), *_line(commits, target[0]), ("", "\n")]
    pieces += [("", " "), ("conflict", "(conflicted)"), ("", ":\n")]
    for number, term in enumerate(target):
        if term is not None:
            pieces += [("", "  - " if number % 2 else "  + "), *_line(commits, term), ("", "\n")]
    return pieces


def _line(commits: Commits, commit_id: CommitId) -> list[Piece]:
    position = commits.repo.index.position(commit_id)
    if position is None:
        return [("commit_id", commit_id[:12]), ("", " "), ("unreadable", "(unreadable)")]
    return commits.summary(position, names=False)


def _data(commits: Commits, name: str, value: str, current: str | None) -> dict[str, object]:
    target = parse_target(value)
    sides = [term for term in target[::2] if term is not None]
    positions = [commits.repo.index.position(term) for term in sides]
    shown = [commits.data(position) for position in positions if position is not None]
    conflicted = len(target) > 1
    return {
        "name": name,
        "current": name == current,
        "conflicted": conflicted,
        "commit": shown[0] if shown and not conflicted else None,
        "sides": shown if conflicted else [],
    }

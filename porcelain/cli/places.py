"""Listing workspaces, for people and as data."""

from __future__ import annotations

from porcelain.cli.colors import Piece
from porcelain.cli.context import Context
from porcelain.cli.render.commit import Commits
from porcelain.display import plain
from porcelain.workspace_list import Listed, list_workspaces


def list_places(context: Context) -> None:
    """Write this copy's workspaces in byte order, then those of other copies."""
    repo, output = context.repo, context.output
    found = list_workspaces(repo.index, repo.workspace_key.partition("/")[0])
    commits = Commits(repo)
    if output.json:
        output.data([_data(commits, one, repo.workspace_name) for one in found])
        return
    output.start_pager()
    for one in found:
        output.text(_line(commits, one))


def _line(commits: Commits, listed: Listed) -> list[Piece]:
    name: list[Piece] = [("workspaces", plain(listed.shown)), ("", ": ")]
    here = listed.place.commit
    position = commits.repo.index.position(here) if here is not None else None
    if position is None:
        return [*name, ("", "(no current commit)\n")]
    return [*name, *commits.summary(position), ("", "\n")]


def _data(commits: Commits, listed: Listed, current: str) -> dict[str, object]:
    here = listed.place.commit
    position = commits.repo.index.position(here) if here is not None else None
    return {
        "name": listed.name,
        "host": listed.host,
        "current": listed.host is None and listed.name == current,
        "commit": commits.data(position) if position is not None else None,
        "session": listed.place.session,
    }

"""The difference that a commit makes to the conversation that it continues, as `log -p` and `show -p` show it."""

from __future__ import annotations

from porcelain.cli.render.difference.conversation_diff import (
    diff_pieces,
    git_pieces,
    is_message,
    stat_pieces,
    summary_pieces,
)
from porcelain.cli.run.colors import Piece
from porcelain.display import plain
from porcelain.language.template.value import RenderFault
from porcelain.repo.conversation_diff import diff_trees, trees_of_commit
from porcelain.repo.reader import RepoReader
from store.errors import StoreError


def commit_pieces(
    repo: RepoReader, position: int, *, full: bool = False, stat: bool = False
) -> list[Piece]:
    """Return the difference to what a commit continues, or its statistics; nothing for the root."""
    if not position:
        return []
    try:
        diff = diff_trees(trees_of_commit(repo, position))
    except StoreError as error:
        return [("unreadable", f"It cannot be compared: {plain(str(error), None)}\n")]
    return [*(stat_pieces(diff) if stat else diff_pieces(diff, full=full))]


def commit_form(repo: RepoReader, position: int, form: str) -> list[Piece]:
    """Return the difference as `color_words`, `git`, `stat` or `summary`.

    Raises:
        RenderFault: it cannot be read.
    """
    if not position:
        return []
    try:
        trees = trees_of_commit(repo, position)
        if form == "git":
            return [*git_pieces(trees)]
        diff = diff_trees(trees)
    except StoreError as error:
        raise RenderFault(str(error)) from None
    shown = {"stat": stat_pieces, "summary": summary_pieces}.get(form)
    return [*(shown(diff) if shown is not None else diff_pieces(diff, full=False))]


def count_messages(repo: RepoReader, position: int, kind: str) -> int:
    """Return how many messages were `added`, `removed` or `changed`.

    Raises:
        RenderFault: a side cannot be read.
    """
    if not position:
        return 0
    try:
        changes = diff_trees(trees_of_commit(repo, position)).rows
    except StoreError as error:
        raise RenderFault(str(error)) from None
    return sum(is_message(change) and change.kind == kind for change in changes)

"""Commits named on a command line: several revsets, and the places that `-o`, `-A` and `-B` name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from porcelain.cli.run.errors import Misuse
from porcelain.errors import NoCurrentCommit, NotOneCommit

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from porcelain.actions.moving.destination import Location
    from porcelain.actions.recording.record import Recorder
    from porcelain.cli.run.context import Context
    from porcelain.transaction.transaction import Transaction
    from store.ids import CommitId

Words = tuple[str, ...]
_RANGE = re.compile(r"(\d{1,9})?(?:(\.\.|(?<=\d)-(?=\d))(\d{1,9})?)?")


def commits_of(context: Context, *revsets: str) -> list[CommitId]:
    """Return the different commits that revsets name: in the order of these, each newest first.

    Raises:
        RevisionError, RevsetSyntaxError: one of them cannot be understood.
    """
    graph = context.reader.graph
    found: dict[CommitId, None] = {}
    for revset in revsets:
        for position in context.select(revset).positions():
            found[graph.commit_id(position)] = None
    return list(found)


def targets_of(context: Context, *revsets: str) -> list[CommitId]:
    """Return the commits that a command is to rewrite, `@` where none are named.

    Raises:
        NoCurrentCommit: `@` is one of them, and there is none.
        RevisionError, RevsetSyntaxError: as `commits_of`.
    """
    if not revsets or "@" in revsets:
        current(context)
    return commits_of(context, *(revsets or ("@",)))


def rewriting(context: Context, *revsets: str) -> AbstractContextManager[Recorder]:
    """Begin a transaction that rewrites what revsets name, and what stands on it.

    Where that is much, nobody has to wait for it; see `Repo.transaction`.

    Raises:
        RevisionError, RevsetSyntaxError: one of the revsets cannot be understood.
    """
    commits = commits_of(context, *revsets)
    return context.transaction(large=context.repo.is_large(commits))


def check_rewritable(context: Context, commits: Sequence[CommitId]) -> None:
    """Refuse immutable commits before a user is asked for anything.

    Raises:
        Refused: one of them may not be rewritten.
    """
    from porcelain.graph.immutable import Immutability

    Immutability(context.repo.graph).refuse(commits, context.globals.ignore_immutable)


def current(context: Context) -> CommitId:
    """Return `@`.

    Raises:
        NoCurrentCommit: there is none yet.
    """
    commit_id = context.repo.workspace.commit
    if commit_id is None:
        raise NoCurrentCommit
    return commit_id


def revision_options(
    *, default: str = "@", plural: bool = True, help_text: str = ""
) -> Callable[..., Any]:
    """Add revisions that are given as arguments or with `-r`; both are taken together."""
    metavar = "[REVSET…]" if plural else "[REV]"
    text = help_text or f"What to work on, as an argument too (default: {default})"

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        function = click.option(
            "-r", "--revisions", "--revision", "named", multiple=True, metavar="REVSET", help=text
        )(function)
        return click.argument("revisions", nargs=-1, metavar=metavar)(function)

    return add


def placement_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where commits go."""
    for option in (
        click.option(
            "-B", "--insert-before", "--before", "before", multiple=True, metavar="REVSET",
            help="Put it before these, which come to stand on it (can be repeated)",
        ),
        click.option(
            "-A", "--insert-after", "--after", "after", multiple=True, metavar="REVSET",
            help="Put it after these, whose children come to stand on it (can be repeated)",
        ),
        click.option(
            "-o", "--onto", "-d", "--destination", "onto", multiple=True, metavar="REVSET",
            help="Put it onto these; nothing else moves (can be repeated)",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def location_of(
    context: Context,
    tx: Transaction,
    placement: tuple[Words, Words, Words],
    noun: str,
) -> Location | None:
    """Return the place that `-o`, `-A` and `-B` name, in that order; None where none is named.

    Raises:
        Misuse: they do not go together.
        Refused: the place would make a loop, or is before the root.
        RevisionError: a revset names nothing.
    """
    from porcelain.actions.moving.destination import locate

    onto, after, before = placement
    if onto and (after or before):
        raise Misuse("`--onto` does not go with `--insert-after` or `--insert-before`")
    onto_, after_, before_ = (_required(context, words) for words in (onto, after, before))
    return locate(tx, onto_, after_, before_, noun)


def _required(context: Context, revsets: Sequence[str]) -> list[CommitId]:

    found: dict[CommitId, None] = {}
    for revset in revsets:
        commits = commits_of(context, revset)
        if not commits:
            raise NotOneCommit(revset, [])
        found.update(dict.fromkeys(commits))
    return list(found)


def message_range(text: str) -> tuple[int, int | None]:
    """Return the numbers that `3`, `3..7`, `3-7`, `3..` and `..7` stand for; None is the end.

    Raises:
        Misuse: it is none of these.
    """
    found = _RANGE.fullmatch(text)
    if found is None or not (found[1] or found[3]):
        raise Misuse(
            f"`{text}` is no number of a message", "Write `3`, or `3..7`; `wj show` numbers them"
        )
    first = int(found[1] or 1)
    if not found[2]:
        return first, first
    return first, int(found[3]) if found[3] else None


def resolve_commit(context: Context, revset: str | None) -> CommitId:
    """Return the one commit that a revset names, `@` without one.

    Raises:
        RevisionError, RevsetSyntaxError: it names none, or not one.
    """
    return context.reader.graph.commit_id(resolve_position(context, revset))


def resolve_position(context: Context, revset: str | None) -> int:
    """Return the position of the one commit that a revset names, `@` without one.

    Raises:
        RevisionError, RevsetSyntaxError: it names none, or not one.
    """
    from porcelain.cli.render.commit import Commits
    from porcelain.language.revset.evaluate import resolve_one

    repo = context.reader
    return resolve_one("@" if revset is None else revset, repo.graph, Commits(repo).line)

"""Names on a command line: revisions, places (`-o`, `-A`, `-B`), numbers of messages, new names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import Decorator, options, revset_option
from porcelain.cli.run.progress import ticking
from porcelain.display import plain
from porcelain.errors import NoCurrentCommit, NotOneCommit, Refused, RevsetSyntaxError
from store.document.numbers import LARGEST, read_number
from store.errors import InvalidRefName
from store.repository.ref_name import check_name

if TYPE_CHECKING:
    from porcelain.actions.moving.destination import Location
    from porcelain.actions.recording.record import Recorder
    from porcelain.cli.run.context import Context
    from porcelain.transaction.transaction import Transaction
    from store.ids import CommitId

Words = tuple[str, ...]
_RANGE = re.compile(r"(\d{1,9})?(?:(\.\.|(?<=\d)-(?=\d))(\d{1,9})?)?")
_AGO = re.compile(r"\s*(\d+)\s*(second|minute|hour|day|week)s?\s+ago\s*", re.IGNORECASE)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}


def commits_of(context: Context, *revsets: str) -> list[CommitId]:
    """Return the distinct commits of revsets, in the order of the revsets, each newest first.

    Raises:
        RevisionError, RevsetSyntaxError: a revset cannot be evaluated.
    """
    graph = context.reader.graph
    found: dict[CommitId, None] = {}
    for revset in revsets:
        for position in context.select(revset).positions():
            found[graph.commit_id(position)] = None
    return list(found)


def targets_of(context: Context, *revsets: str) -> list[CommitId]:
    """Return the commits that a command rewrites, by default `@`.

    Raises:
        NoCurrentCommit: `@` is named, and there is no current commit.
        RevisionError, RevsetSyntaxError: as `commits_of`.
    """
    if not revsets or "@" in revsets:
        current(context)
    return commits_of(context, *(revsets or ("@",)))


@contextmanager
def rewriting(context: Context, *revsets: str) -> Iterator[Recorder]:
    """Yield a transaction that rewrites the commits of revsets and their descendants.

    A large one works without the store lock, see `Repo.transaction`, and shows its progress.

    Raises:
        RevisionError, RevsetSyntaxError: as `commits_of`.
    """
    commits = commits_of(context, *revsets)
    large = context.repo.is_large(commits)
    shown = ticking(context.output, "Rewriting") if large else nullcontext()
    with shown, context.transaction(large=large) as tx:
        yield tx


def check_rewritable(context: Context, commits: Sequence[CommitId]) -> None:
    """Refuse immutable commits before the editor opens.

    Raises:
        Refused: a commit is immutable.
    """
    from porcelain.graph.immutable import Immutability

    Immutability(context.repo.graph).refuse(commits, context.globals.ignore_immutable)


def current(context: Context) -> CommitId:
    """Return `@`.

    Raises:
        NoCurrentCommit: this workspace has no current commit.
    """
    commit_id = context.repo.workspace.commit
    if commit_id is None:
        raise NoCurrentCommit
    return commit_id


def revision_options(help_text: str = "Revisions, here or as arguments (default: @)") -> Decorator:
    """Add revisions that are given as arguments or with `-r`; the command gets `revisions`."""
    named = revset_option("-r", "--revisions", "--revision", "named", help=help_text)
    argument = click.argument("revisions", nargs=-1, metavar="[REVSET…]")

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def joined(*args: Any, revisions: Words, named: Words, **given: Any) -> Any:
            return function(*args, revisions=(*revisions, *named), **given)

        return argument(named(joined))

    return add


placement_options = options(
    revset_option("-o", "--onto", "-d", "--destination", "onto",
                  help="The revisions to place them onto (can be repeated)"),
    revset_option("-A", "--insert-after", "--after", "after",
                  help="The revisions to insert after; their children are rebased onto the result"),
    revset_option("-B", "--insert-before", "--before", "before",
                  help="The revisions to insert before; they are rebased onto the result"),
)  # fmt: skip
"""The options that say where commits go."""


def location_of(
    context: Context,
    tx: Transaction,
    placement: tuple[Words, Words, Words],
    noun: str,
) -> Location | None:
    """Return the place that `-o`, `-A` and `-B` (in that order) name; None without any.

    Raises:
        Misuse: the options do not go together.
        Refused: the place would make a loop, or is before the root.
        RevisionError: a revset is empty.
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
    """Return first and last number of `3`, `3..7`, `3-7`, `3..` or `..7`; None is the end.

    Raises:
        Misuse: the text has none of these forms.
    """
    found = _RANGE.fullmatch(text)
    if found is None or not (found[1] or found[3]):
        raise Misuse(
            f"`{text}` is not the number of a message",
            "Write `3`, or `3..7`; `wj show` numbers them",
        )
    first = int(found[1] or 1)
    if not found[2]:
        return first, first
    return first, int(found[3]) if found[3] else None


def resolve_commit(context: Context, revset: str | None) -> CommitId:
    """Return the single commit of a revset, by default `@`.

    Raises:
        RevisionError, RevsetSyntaxError: the revset does not evaluate to a single commit.
    """
    return context.reader.graph.commit_id(resolve_position(context, revset))


def resolve_position(context: Context, revset: str | None) -> int:
    """Return the position of the single commit of a revset, by default `@`.

    Raises:
        RevisionError, RevsetSyntaxError: the revset does not evaluate to a single commit.
    """
    from porcelain.cli.render.looks.summary import ShownCommits
    from porcelain.language.revset.evaluate import resolve_one

    repo = context.reader
    return resolve_one(
        "@" if revset is None else revset,
        repo.graph,
        lambda at: ShownCommits(context, repo).line(at),
    )


def parse_moment(text: str, now: int, option: str) -> int:
    """Return the time that an option names, in milliseconds since the epoch.

    A date alone means its first moment; a time without a zone is local.

    Raises:
        BadParameter: the text has neither form.
    """
    if text.strip().lower().startswith(("today", "yesterday", "now")):
        from porcelain.language.revset.date_pattern import seconds_of

        try:
            return round(seconds_of(text.strip(), now) * 1000)
        except (ValueError, OverflowError) as error:
            said = "not a time such as `yesterday 17:00`"
            raise click.BadParameter(said, param_hint=option) from error
    ago = _AGO.fullmatch(text)
    if ago is not None and (count := read_number(ago[1])) is not None:
        return max(now - count * _SECONDS[ago[2].lower()] * 1000, -LARGEST)
    try:
        return round(datetime.fromisoformat(text.strip()).astimezone().timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        said = "neither a time in ISO 8601 nor something like `2 days ago`"
        raise click.BadParameter(said, param_hint=option) from error


def typed_name(text: str) -> str:
    """Return a name as it is typed: quoted as in a revset, or bare.

    Raises:
        ExpressionError, Refused: the quotation is unfinished, or text follows it.
        Misuse: the name is empty, or would read as an expression.
    """
    if not text:
        raise Misuse("A name cannot be empty")
    if text[:1] not in ("'", '"'):
        if _reads_as_expression(text):
            try:
                check_name(text)
            except InvalidRefName as error:  # in quotation marks, too
                raise Misuse(f"Invalid name '{plain(text)}': {error.reason}") from None
            what = "the current commit" if text == "@" else "an expression"
            raise Misuse(
                f"Invalid name '{plain(text)}': it means {what}",
                f"In quotation marks of its own it is a name: `'\"{plain(text)}\"'` in a shell",
            )
        return text
    from porcelain.language.scanner import Scanner

    scanner = Scanner(text)
    name = scanner.string()
    if scanner.peek():
        raise Refused(f"Unexpected text after the quoted name: `{plain(text)}`", code="name")
    return name


def _reads_as_expression(text: str) -> bool:
    """Tell whether a bare text is an expression of the revset language, and more than a name."""
    from porcelain.language.revset.parser import bare_name_end, parse

    if bare_name_end(text, 0) == len(text):
        return False
    try:
        parse(text)
    except RevsetSyntaxError:
        return False  # the rules of names judge it
    return True

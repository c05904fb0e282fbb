"""`wj search`: messages by what was said in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

import click

from porcelain.cli.render.looks.found_message import hit_data, hit_terms
from porcelain.cli.render.looks.look import look_of
from porcelain.cli.render.looks.summary import ShownCommits
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import LIMIT, make_command, revset_option
from porcelain.cli.run.progress import Progress
from porcelain.cli.shared.revision_args import parse_moment
from porcelain.index.text.find import Wanted
from porcelain.index.text.question import Expression, Question, Words
from porcelain.language.string_pattern import NamePattern
from porcelain.repo.search import Hit, Scope, search

_SHORT = 8

_ROLES = ("system", "user", "assistant", "tool")


class _Asked(NamedTuple):
    """The choices of the command line."""

    text: tuple[str, ...]
    regex: str | None
    revisions: tuple[str, ...]
    roles: tuple[str, ...]
    tool: str | None
    session: str | None
    since: str | None


@make_command("search")
@click.argument("text", nargs=-1, metavar="[TEXT…]")
@click.option("--regex", metavar="RE", help="Search by a regular expression instead")
@revset_option("-r", "--revisions", help="Search what these revisions add (default: all)")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(_ROLES),
    metavar="ROLE",
    help="Only messages of this role: system, user, assistant or tool (can be repeated)",
)
@click.option("--tool", metavar="PATTERN", help="Only calls of this tool, and their results")
@click.option("--session", metavar="PATTERN", help="Only conversations with this name")
@click.option("--since", metavar="TIME", help="Only messages from this time on")
@click.option("-n", "--limit", type=LIMIT, help="Limit number of messages to show")
@click.option("-T", "--template", help="Render each message using this template")
def command(context: Context, /, limit: int | None, template: str | None, **given: Any) -> None:
    """Search everything that was said, newest first.

    TEXT is one or more words; a message has to contain them all, in any order. `fork*` stands
    for words that begin so, `"fork point"` for words in this order; quote both for the shell.
    Upper and lower case are equal. In scripts without spaces between words, any part of a text
    can be found; elsewhere `--regex` finds parts of words, and case matters for it.

    Each message is shown once, however many forks share it: the change that adds it, a session,
    its number in the conversation, who said it and when, and an excerpt. With change and number
    go on: `wj show CHANGE`, `wj fork CHANGE --at NUMBER`.

    The first search reads all conversations into an index; later ones read what is new.
    """
    asked = _Asked(**given)
    question = _question(asked)
    output = context.output
    with Progress(output, "Reading") as progress:
        hits = islice(_search(context, asked, question, progress.reach), limit)
        first = next(hits, None)
        progress.stop()
    commits = ShownCommits(context)
    found = chain([first] if first is not None else [], hits)
    if output.json:
        output.data([hit_data(commits, hit, question.spans(hit.found.text)) for hit in found])
        return
    if first is None:
        output.status("Nothing was found")
        return
    look = look_of(context, "search", template)
    output.start_pager()
    for hit in found:
        terms = hit_terms(commits, hit, question.spans(hit.found.text))
        output.text(look.render(terms, "search"))
    change = context.reader.change_id(first.place.row.pos)[:_SHORT]
    shown = f"`wj show {change}` shows the first"
    output.hint(f"{shown}, `wj fork {change} --at {first.number}` goes on from it")


def _question(asked: _Asked) -> Question:
    if (asked.regex is None) == (not asked.text):
        if asked.text:
            raise Misuse("`--regex` does not go with TEXT")
        raise Misuse("The text to search for is missing", "Give TEXT, or `--regex RE`")
    return Words(" ".join(asked.text)) if asked.regex is None else Expression(asked.regex)


def _search(
    context: Context,
    asked: _Asked,
    question: Question,
    progress: Callable[[int, int], object],
) -> Iterator[Hit]:
    since = None
    if asked.since is not None:
        since = parse_moment(asked.since, context.now(), "--since")
    role: Callable[[str], bool] | None = asked.roles.__contains__ if asked.roles else None
    tool = None if asked.tool is None else NamePattern.parse(asked.tool).matches
    repo = context.reader
    scope = Scope(session=asked.session)
    if asked.revisions:
        scope = scope._replace(revisions=context.select(*asked.revisions).positions())
    wanted = Wanted(question, role, tool, since)
    return search(repo, wanted, scope, progress)

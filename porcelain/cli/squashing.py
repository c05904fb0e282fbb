"""What the options of `wj squash` ask for, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from porcelain.cli.describing import ask, given, shown
from porcelain.cli.mutation import Mutation
from porcelain.cli.revisions import check_rewritable, commits_of, current, rewriting
from porcelain.rewriting.squashing import parent_to_squash_into, squash
from store.commit import read_commit

if TYPE_CHECKING:
    from porcelain.cli.context import Context
    from store.ids import CommitId


def squash_by_options(context: Context, options: Mapping[str, object]) -> None:
    """Fold what the options name."""
    text = given(_words(options["messages"]))
    if options["editor"]:
        text = _edited(context, options, text)
    mutation = Mutation(context)
    words = (*_words(options["sources"]), str(options["revision"] or options["into"] or "@"))
    with rewriting(context, *words) as tx:
        sources, into = _named(context, options)
        message = text
        if message is None and options["keep_message"]:
            message = read_commit(tx.batch, into).message
        done = squash(
            tx,
            sources,
            into,
            _paragraphs if message is None else message,
            keep_emptied=bool(options["keep_emptied"]),
        )
    if done is None:
        mutation.say("There is nothing to squash.")
        mutation.report(tx)
        return
    mutation.say(f"Squashed {len(set(sources) - {into})} commits into", done.commit)
    mutation.report(tx, own=[done.commit, *done.emptied], commit_id=done.commit)


def _named(context: Context, options: Mapping[str, object]) -> tuple[list[CommitId], CommitId]:
    words = _words(options["sources"])
    if words or options["into"] is not None:
        if options["into"] is None or not words:
            current(context)
        into = context.resolve(None if options["into"] is None else str(options["into"]))
        return commits_of(context, *(words or ("@",))), into
    if options["revision"] is None:
        current(context)
    source = context.resolve(None if options["revision"] is None else str(options["revision"]))
    return [source], parent_to_squash_into(context.repo.repository, source)


def _edited(context: Context, options: Mapping[str, object], text: str | None) -> str:
    """Let the user write the description, before anybody has to wait."""
    sources, into = _named(context, options)
    check_rewritable(context, [*sources, into])
    if text is None:
        texts = [shown(context, one) for one in (into, *sources)]
        text = _paragraphs([one for one in texts if one])
    return ask(context, [into], text)[into]


def _paragraphs(texts: Sequence[str]) -> str:
    return "\n\n".join(text.strip("\n") for text in texts) + "\n" if texts else ""


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()

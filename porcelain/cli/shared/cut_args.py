"""What the commands that cut conversations do with what they were given, and say afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from porcelain.actions.editing.split import split
from porcelain.actions.recording.rewind import rewind
from porcelain.cli.shared.message_args import ask, given
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import check_rewritable, current, resolve_commit
from porcelain.display import plain

if TYPE_CHECKING:
    from porcelain.cli.run.context import Context


def rewind_session(context: Context, turns: int, session: str | None) -> None:
    """Take a session back and say where its tail is."""
    mutation = Mutation(context)
    with context.transaction() as tx:
        done = rewind(tx, turns, session)
    word = "turn" if turns == 1 else "turns"
    mutation.say(
        f"Rewound session {plain(done.session)} by {turns} {word}, {done.taken} rows, to",
        done.commit,
    )
    mutation.notes += done.notes
    mutation.report(
        tx,
        session=done.session,
        commit_id=done.commit,
        tail=done.tail,
        rows=done.rows,
        taken=done.taken,
    )


def split_by_options(context: Context, revision: str | None, options: Mapping[str, object]) -> None:
    """Split the change that the options name, and say which part is which."""
    if revision is None or revision == "@":
        current(context)
    messages = options["messages"]
    text = given(tuple(map(str, messages)) if isinstance(messages, tuple) else ())
    if options["editor"]:
        commit = resolve_commit(context, revision)
        check_rewritable(context, [commit])
        text = ask(context, [commit], text)[commit]
    mutation = Mutation(context)
    with context.transaction() as tx:
        done = split(
            tx,
            resolve_commit(context, revision),
            int(str(options["at"])),
            parallel=bool(options["parallel"]),
            message=text,
        )
    mutation.say("Selected changes :", done.first)
    mutation.say("Remaining changes:", done.second)
    mutation.notes += done.notes
    mutation.report(
        tx,
        own=[done.first, done.second],
        first=done.first,
        second=done.second,
        rows=done.rows,
    )

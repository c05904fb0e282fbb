"""`wj abandon`: hide changes."""

from __future__ import annotations

import click

from porcelain.actions.editing.abandon import abandon
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import SHOWN, Mutation
from porcelain.cli.shared.revision_args import revision_options, rewriting, targets_of
from porcelain.display import counted, plain
from porcelain.model.view_value import parse_target
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId


@make_command("abandon")
@revision_options()
@click.option("--retain-sessions", "--retain-bookmarks", "retain", is_flag=True,
              help="Move sessions of the abandoned changes to the parents; delete none")  # fmt: skip
@click.option("--restore-descendants", "keep", is_flag=True,
              help="Do not modify the transcripts of descendants")  # fmt: skip
def command(context: Context, revisions: tuple[str, ...], retain: bool, keep: bool) -> None:
    """Abandon changes, by default `@`, and rebase their descendants onto the parents.

    Descendants lose the messages that the abandoned changes added. A session moves to the
    parent if that is of the same conversation, and otherwise it is deleted; on an abandoned
    merge of such parents it is in conflict between them.
    """
    mutation = Mutation(context)
    with rewriting(context, *(revisions or ("@",))) as tx:
        named = targets_of(context, *revisions)
        rows = {c: tx.index.row(c) for c in named}
        visible = [c for c, row in rows.items() if row is None or row.visible]
        newest = sorted(visible, key=lambda c: tx.index.position(c) or 0, reverse=True)
        lines = [mutation.summary(c) for c in newest[:SHOWN]]
        done = abandon(tx, visible, retain_sessions=retain, keep_transcripts=keep)
    if hidden := len(named) - len(visible):
        verb = "is" if hidden == 1 else "are"
        mutation.say(f"Skipping {counted(hidden, 'revision')} that {verb} already hidden.")
    if not visible:
        mutation.say("No revisions to abandon.")
    else:
        mutation.say(f"Abandoned {counted(len(done.commits), 'commit')}:")
        mutation.say_lines(lines, len(done.commits))
        _say_sessions(mutation, tx, frozenset(done.commits))
    mutation.report(tx)


def _say_sessions(mutation: Mutation, tx: Transaction, abandoned: frozenset[CommitId]) -> None:
    """Say where the sessions of abandoned commits went; a deleted one is told in a note."""
    for name, (before, after) in sorted(tx.moved_sessions.items()):
        if abandoned.isdisjoint(side for side in parse_target(before)[::2] if side):
            continue
        sides = [side for side in parse_target(after)[::2] if side]
        if len(sides) == 1:
            mutation.say(f"Moved session {plain(name)} to", sides[0])
        elif sides:
            mutation.say(f"Session {plain(name)} is in conflict between:")
            mutation.say_lines(map(mutation.summary, sides), len(sides))
            hint = "`wj session set NAME -r REV` settles a session in conflict"
            mutation.notes += [] if hint in mutation.notes else [hint]

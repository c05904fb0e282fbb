"""What the commands that rewrite commits do with what they were given, and say afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from porcelain.actions.editing.describe import describe
from porcelain.cli.shared.message_args import given as described
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import Words, location_of, rewriting, targets_of
from porcelain.graph.visible_versions import visible_version
from porcelain.transaction.rebase_descendants import ROOT_COMMIT, generated_message
from store.objects.commit import read_commit

if TYPE_CHECKING:
    from porcelain.cli.run.context import Context
    from porcelain.transaction.transaction import Transaction
    from store.ids import CommitId

_SHOWN = 10


def describe_commits(
    context: Context,
    revsets: Sequence[str],
    text: str,
    texts: Mapping[CommitId, str] | None,
) -> None:
    """Describe commits with one text, or each with its own that was written beforehand."""
    mutation = Mutation(context)
    with rewriting(context, *(revsets or ("@",))) as tx:
        if texts is None:
            wanted = dict.fromkeys(targets_of(context, *revsets), text)
        else:
            wanted = {visible_version(tx.index, c) or c: t for c, t in texts.items()}
        made = describe(tx, {c: _or_generated(tx, c, t) for c, t in wanted.items()})
    if not wanted:
        mutation.say("No revisions to describe.")
    for new in list(made.values())[:_SHOWN] if len(made) > 1 else ():
        mutation.say("Described", new)
    mutation.report(tx, own=made.values(), commit_ids=mutation.landed(tx, made.values()))


def _or_generated(tx: Transaction, commit_id: CommitId, text: str) -> str:
    """Return a description; an empty one of a conversation is the generated one."""
    if text or tx.index.row(commit_id) is None:
        return text

    tree = read_commit(tx.batch, commit_id).tree
    return "" if tx.row(commit_id).empty else generated_message(tx.batch, tree)


def make_new(context: Context, given: Mapping[str, Words], *, edit: bool) -> None:
    """Make an empty change where the options say."""
    from porcelain.actions.recording.new import new

    after, before = given["after"], given["before"]
    onto = (*given["revisions"], *given["named"]) or (() if after or before else ("@",))
    text = described(given["messages"]) or ""
    mutation = Mutation(context)
    with rewriting(context, *after, *before) as tx:
        location = location_of(context, tx, (onto, after, before), "the new commit")
        assert location is not None  # one of the three is given
        made = new(tx, location, text, edit=edit)
    if not edit:
        mutation.say("Created new commit", made.commit)
    mutation.report(tx, commit_id=made.commit)


def abandon_commits(
    context: Context, revsets: Sequence[str], *, retain_sessions: bool, keep_transcripts: bool
) -> None:
    """Abandon commits; those that are hidden already are only counted."""
    from porcelain.actions.editing.abandon import abandon

    mutation = Mutation(context)
    with rewriting(context, *(revsets or ("@",))) as tx:
        named = targets_of(context, *revsets)
        rows = {c: tx.index.row(c) for c in named}
        visible = [c for c, row in rows.items() if row is None or row.visible]
        newest = sorted(visible, key=lambda c: tx.index.position(c) or 0, reverse=True)
        lines = [mutation.summary(c) for c in newest[:_SHOWN]]
        done = abandon(
            tx, visible, retain_sessions=retain_sessions, keep_transcripts=keep_transcripts
        )
    if len(visible) < len(named):
        mutation.say(f"Skipping {len(named) - len(visible)} revisions that are already hidden.")
    if not visible:
        mutation.say("No revisions to abandon.")
    else:
        mutation.say(f"Abandoned {len(done.commits)} commits:")
        mutation.said += [[("", "  "), *line] for line in lines]
        if len(done.commits) > _SHOWN:
            mutation.say("  ...")
    mutation.report(tx)


def duplicate_commits(
    context: Context, revsets: Sequence[str], placement: tuple[Words, Words, Words]
) -> None:
    """Copy commits and say which became which."""
    from porcelain.actions.moving.destination import is_ancestor
    from porcelain.actions.moving.duplicate import duplicate

    mutation = Mutation(context)
    with rewriting(context, *placement[1], *placement[2]) as tx:
        commits = targets_of(context, *revsets)
        tx.require_rewritable(c for c in commits if c == ROOT_COMMIT)  # there is only one
        location = location_of(context, tx, placement, "the copies")
        done = duplicate(tx, commits, location)
        above = location.parents if location else ()
        own = [c for c in commits if any(is_ancestor(tx, c, parent) for parent in above)]
    for commit_id in own[:_SHOWN]:
        context.output.warning(f"Duplicated {commit_id[:12]} as a descendant of itself")
    if not commits:
        mutation.say("No revisions to duplicate.")
    for old, new in list(done.copies.items())[:_SHOWN]:
        mutation.say(f"Duplicated {old[:12]} as", new)
    copies = {old: tx.final(new) for old, new in done.copies.items()}
    mutation.report(tx, own=done.copies.values(), copies=copies)

"""What the options of `wj restore` ask for, and what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from porcelain.cli.errors import Misuse
from porcelain.cli.mutation import Mutation
from porcelain.cli.revisions import current
from porcelain.rewriting.alignment import aligned_tree
from porcelain.rewriting.contents import parents_tree, restore_content, restored_tree, tree_of

if TYPE_CHECKING:
    from porcelain.cli.context import Context

_RANGE = re.compile(r"(\d{1,9})?(?:(\.\.|(?<=\d)-(?=\d))(\d{1,9})?)?")


def restore_by_options(context: Context, options: Mapping[str, object]) -> None:
    """Restore what the options name."""
    source, into = _places(options)
    keep = bool(options["restore_descendants"])
    words = options["messages"]
    ranges = [message_range(str(text)) for text in words] if isinstance(words, tuple) else []
    mutation = Mutation(context)
    with context.transaction() as tx:
        if into is None or "@" in (source, into):
            current(context)
        target = context.resolve(into)
        tx.require_rewritable([target])
        there = parents_tree(tx, target) if source is None else tree_of(tx, context.resolve(source))
        here = tree_of(tx, target)
        tree = (
            aligned_tree(tx.batch, here, there, ranges)
            if ranges
            else restored_tree(tx, here, there)
        )
        done = restore_content(tx, target, tree, keep_transcripts=keep)
    if done is None:
        mutation.report(tx)
        return
    mutation.say("Restored", done.commit)
    if keep and done.rebased:
        mutation.say("What continues it keeps its content")
    mutation.report(tx, own=[done.commit], commit_id=done.commit)


def _places(options: Mapping[str, object]) -> tuple[str | None, str | None]:
    """Return from where, None for what it began with, and into which, as jj's options say it."""
    source, into, changes_in = (
        None if options[name] is None else str(options[name])
        for name in ("source", "into", "changes_in")
    )
    if changes_in is not None:
        return None, changes_in
    if source is None and into is not None:
        return "@", into
    return source, into


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

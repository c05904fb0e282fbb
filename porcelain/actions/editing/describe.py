"""Edit the metadata of commits: descriptions, authors, times and change ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from porcelain.actions.moving.connected_set import in_order, summarize
from porcelain.errors import Refused
from porcelain.graph.visible_versions import visible_version
from porcelain.index.view_rows import part_rows
from porcelain.model.source import Source
from porcelain.model.view_value import IMPORTS
from porcelain.transaction.rebase_descendants import (
    Parents,
    descendants,
    rebase,
    rebased_tree,
    replace,
    transform,
)
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.objects.commit import Commit, Signature


class Metadata(NamedTuple):
    """Changes of a commit's metadata; None and False change nothing.

    `author` is (name, email), `author_time` (seconds, zone as `+0000`).
    """

    message: str | None = None
    author: tuple[str, str] | None = None
    author_time: tuple[int, str] | None = None
    new_change_id: bool = False
    force: bool = False


def normal_description(text: str) -> str:
    """Return a description as it is stored: no blank lines around it, one newline at the end.

    Raises:
        Refused: git cannot store the text, or it is not UTF-8.
    """
    if "\0" in text:
        raise Refused("A description cannot have a null character in it", code="bad_description")
    try:
        text.encode()
    except UnicodeEncodeError:  # Python passes on bytes that are not UTF-8 as surrogates
        raise Refused("The description is no UTF-8 text", code="bad_description") from None
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    stripped = "\n".join(lines).strip("\n")
    return f"{stripped}\n" if stripped else ""


def describe(tx: Transaction, messages: Mapping[CommitId, str]) -> dict[CommitId, CommitId]:
    """Give commits new descriptions; return the new id of each that changed.

    Raises:
        Refused: a commit is immutable.
    """
    made = _rewrite_each(tx, messages, lambda c: Metadata(message=messages[c]))
    tx.kind, tx.description = "describe", summarize("describe", list(made))
    return made


def edit_metadata(
    tx: Transaction, commits: Iterable[CommitId], wanted: Metadata
) -> dict[CommitId, CommitId]:
    """Change the metadata of commits; return the new id of each that changed.

    With a new change id the old commit stays the predecessor, and names follow. So do files
    that were imported, which are found by their change.

    Raises:
        Refused: a commit is immutable.
    """
    imported = _imported(tx) if wanted.new_change_id else {}
    made = _rewrite_each(tx, commits, lambda _: wanted)
    for key, (here, entry) in imported.items():
        if here in made:
            tx.set(IMPORTS, key, entry._replace(commit=made[here]).text())
    tx.kind, tx.description = "metaedit", summarize("metaedit", list(made))
    return made


def _imported(tx: Transaction) -> dict[str, tuple[CommitId, Source]]:
    """Return the sources of imports, each with its visible commit."""
    found = {}
    for key, value in part_rows(tx.index, IMPORTS):
        entry = Source.of(value)
        tx.index.ensure(tx.batch, [entry.commit])
        here = visible_version(tx.index, entry.commit)
        if here is not None:
            found[key] = (here, entry)
    return found


def _rewrite_each(
    tx: Transaction,
    commits: Iterable[CommitId],
    wanted: Callable[[CommitId], Metadata],
) -> dict[CommitId, CommitId]:
    named = list(commits)
    tx.require_rewritable(named)
    targets = in_order(tx, named)
    chosen = set(targets)
    made: dict[CommitId, CommitId] = {}

    def visit(commit_id: CommitId, old: Commit, parents: Parents) -> None:
        change = wanted(commit_id) if commit_id in chosen else Metadata()
        new = _edited(old, change)
        if new != old or change.force or change.new_change_id:
            new = new._replace(parents=parents)
            new = tx.as_new_change(new) if change.new_change_id else new
            made[commit_id] = replace(tx, commit_id, old, new, rebased_tree(tx, old, parents))
        elif parents != old.parents:
            rebase(tx, commit_id, old, parents)

    transform(tx, in_order(tx, [*targets, *descendants(tx, targets)]), {}, visit)
    return made


def _edited(old: Commit, change: Metadata) -> Commit:
    author = old.author
    if change.author is not None:
        author = author._replace(name=change.author[0], email=change.author[1])
    if change.author_time is not None:
        author = Signature(author.name, author.email, *change.author_time)
    message = old.message if change.message is None else change.message
    return old._replace(author=author, message=message)

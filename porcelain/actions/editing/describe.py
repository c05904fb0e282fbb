"""What a commit says about itself: descriptions, authors, times and change ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from porcelain.actions.moving.connected_set import in_order
from porcelain.errors import Refused
from porcelain.graph.visible_versions import visible_version
from porcelain.index.view_rows import part_rows
from porcelain.model.view_value import IMPORTS, ImportEntry
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
    """Changes of a commit's metadata; None and False leave it as it is.

    `author` is (name, email), `author_time` (seconds, zone as `+0000`).
    """

    message: str | None = None
    author: tuple[str, str] | None = None
    author_time: tuple[int, str] | None = None
    new_change_id: bool = False
    force: bool = False


def normal_description(text: str) -> str:
    """Return a description as it is stored: no leading blank lines, one newline at the end.

    Raises:
        Refused: git cannot store it, or it is no text.
    """
    if "\0" in text:
        raise Refused("A description cannot have a null character in it", code="bad_description")
    if not _is_text(text):
        raise Refused("The description is no UTF-8 text", code="bad_description")
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n" if lines else ""


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes that were no UTF-8, as Python passes them on
        return False
    return True


def describe(tx: Transaction, messages: Mapping[CommitId, str]) -> dict[CommitId, CommitId]:
    """Give commits new descriptions; return what each became. An equal one rewrites nothing.

    Raises:
        Refused: one is immutable.
    """
    made = _rewrite_each(tx, messages, lambda c, _: Metadata(message=messages[c]))
    tx.kind = "describe"
    tx.description = _summary("describe", made)
    return made


def edit_metadata(
    tx: Transaction, commits: Iterable[CommitId], wanted: Metadata
) -> dict[CommitId, CommitId]:
    """Change the metadata of commits; return what each that changed became.

    With a new change id the old commit stays its predecessor, and names follow; so does what
    was imported, which is found by its change.

    Raises:
        Refused: one is immutable.
    """
    imported = _imported(tx) if wanted.new_change_id else {}
    made = _rewrite_each(tx, commits, lambda _c, _o: wanted)
    for key, (here, entry) in imported.items():
        if here in made:
            tx.set(IMPORTS, key, entry._replace(commit=made[here]).text())
    tx.kind = "metaedit"
    tx.description = _summary("metaedit", made)
    return made


def _imported(tx: Transaction) -> dict[str, tuple[CommitId, ImportEntry]]:
    """Return the ledger of imports, each entry with the visible commit that stands for it."""
    found = {}
    for key, value in part_rows(tx.index, IMPORTS):
        entry = ImportEntry.of(value)
        tx.index.ensure(tx.batch, [entry.commit])
        here = visible_version(tx.index, entry.commit)
        if here is not None:
            found[key] = (here, entry)
    return found


def _rewrite_each(
    tx: Transaction,
    commits: Iterable[CommitId],
    wanted: Callable[[CommitId, Commit], Metadata],
) -> dict[CommitId, CommitId]:
    named = list(commits)
    tx.require_rewritable(named)
    targets = in_order(tx, named)
    chosen = set(targets)
    made: dict[CommitId, CommitId] = {}

    def visit(commit_id: CommitId, old: Commit, parents: Parents) -> None:
        change = wanted(commit_id, old) if commit_id in chosen else Metadata()
        new = _edited(old, change)
        if new != old or change.force or change.new_change_id:
            made[commit_id] = _write(tx, commit_id, old, new._replace(parents=parents), change)
        elif parents != old.parents:
            rebase(tx, commit_id, old, parents)

    transform(tx, in_order(tx, [*targets, *descendants(tx, targets)]), {}, visit)
    return made


def _write(
    tx: Transaction, commit_id: CommitId, old: Commit, new: Commit, change: Metadata
) -> CommitId:
    if change.new_change_id:
        new = tx.as_new_change(new)
    return replace(tx, commit_id, old, new, rebased_tree(tx, old, new.parents))


def _edited(old: Commit, change: Metadata) -> Commit:
    author = old.author
    if change.author is not None:
        author = author._replace(name=change.author[0], email=change.author[1])
    if change.author_time is not None:
        author = Signature(author.name, author.email, *change.author_time)
    message = old.message if change.message is None else change.message
    return old._replace(author=author, message=message)


def _summary(verb: str, made: Mapping[CommitId, CommitId]) -> str:
    if not made:
        return verb
    last = list(made)[-1]
    more = f" and {len(made) - 1} more" if len(made) > 1 else ""
    return f"{verb} commit {last}{more}"

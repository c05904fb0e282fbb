"""Add, forget and rename workspaces.

A workspace belongs to the replica that made it. Workspaces of other replicas are shown as
`name@host` and never changed from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from porcelain.errors import Refused, UnknownWorkspace
from porcelain.index.view_rows import part_rows
from porcelain.language.scanner import similar_names
from porcelain.model.operation import WATCH
from porcelain.model.view_value import WORKSPACES, Workspace
from porcelain.transaction.rebase_descendants import ROOT_COMMIT, starting_tree
from porcelain.transaction.replicas import RENAMES
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.objects.commit import read_commit
from store.repository.ref_name import check_name


class Forgotten(NamedTuple):
    """The workspaces that were forgotten, and the given names that are of none."""

    names: tuple[str, ...]
    unknown: tuple[str, ...]


def add_workspace(
    tx: Transaction, name: str, on: CommitId | None = None, message: str = ""
) -> CommitId:
    """Add a workspace on a new empty change; return that change.

    The change is a child of `on`, by default of the first parent of the acting workspace's `@`.
    The new workspace has no current session.

    Raises:
        InvalidRefName, Refused: the name cannot be used.
    """
    key = _new_key(tx, name)
    parent = on if on is not None else _beside(tx)
    parents = () if parent == ROOT_COMMIT else (parent,)
    made = tx.write_new(starting_tree(tx.batch, parents), parents, message)
    tx.set(WORKSPACES, key, Workspace(made, None).text())
    tx.kind, tx.description = "workspace", f"workspace add {name}"
    return made


def forget_workspaces(tx: Transaction, names: Sequence[str]) -> Forgotten:
    """Forget workspaces, by default the acting one; unknown names are skipped.

    Their commits stay, except an empty, untitled, unnamed `@` that no other workspace is on.
    """
    wanted = tuple(dict.fromkeys(names or (tx.base.workspace,)))
    known = [name for name in wanted if tx.get(WORKSPACES, _key(tx, name)) is not None]
    for name in known:
        place = Workspace.of(tx.get(WORKSPACES, _key(tx, name)))
        if name == tx.base.workspace:
            tx.set_workspace(None, None)
            continue
        tx.set(WORKSPACES, _key(tx, name), None)
        if place.commit is not None and place.commit != tx.workspace.commit:
            tx.leave(place.commit)
    tx.kind = "workspace"
    tx.description = f"workspace forget {', '.join(known)}"
    return Forgotten(tuple(known), tuple(name for name in wanted if name not in known))


def rename_workspace(tx: Transaction, name: str) -> str:
    """Rename the acting workspace, and return its earlier name.

    The operation belongs to the new name, so a later undo continues with the earlier name's
    operations.

    Raises:
        UnknownWorkspace: the acting workspace has no position yet.
        InvalidRefName, Refused: the name cannot be used.
    """
    before = tx.base.workspace
    value = tx.get(WORKSPACES, tx.workspace_key)
    if name == before:
        return before
    if value is None:
        raise UnknownWorkspace(before, similar_names(before, _names(tx)))
    key = _new_key(tx, name)
    tx.set(WORKSPACES, tx.workspace_key, None)
    tx.set(WORKSPACES, key, value)
    tx.act_as(name)
    tx.attributes[RENAMES] = before
    tx.kind, tx.description = "workspace", f"workspace rename {before} to {name}"
    return before


def _names(tx: Transaction) -> list[str]:
    start = f"{tx.base.replica}/"
    return [key[len(start) :] for key, _ in part_rows(tx.index, WORKSPACES, start)]


def _key(tx: Transaction, name: str) -> str:
    return f"{tx.base.replica}/{name}"


def _new_key(tx: Transaction, name: str) -> str:
    check_name(name)
    if "@" in name:
        raise Refused("A workspace's name cannot hold `@`", "`name@` stands for its position")
    if name == WATCH:
        raise Refused(
            "The workspace `watch` belongs to `wj watch` and hooks", "Choose another name"
        )
    if tx.get(WORKSPACES, _key(tx, name)) is not None:
        raise Refused(f"Workspace `{name}` already exists", code="workspace_exists")
    return _key(tx, name)


def _beside(tx: Transaction) -> CommitId:
    """Return the first parent of `@`, or the root commit."""
    here = tx.workspace.commit
    parents = read_commit(tx.batch, here).parents if here is not None else ()
    return parents[0] if parents else ROOT_COMMIT

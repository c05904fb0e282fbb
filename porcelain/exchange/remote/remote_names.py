"""The names of a remote in the view, when the remote is renamed or removed."""

from __future__ import annotations

from porcelain.display import plain
from porcelain.exchange.remote.place import PARTS
from porcelain.index.view_rows import part_rows, remote_part
from porcelain.transaction.transaction import Transaction


def forget_remote(tx: Transaction, remote: str) -> None:
    """Forget the names of a remote; local names and commits stay."""
    for part in PARTS:
        for name, _ in part_rows(tx.index, remote_part(remote, part)):
            tx.set(remote_part(remote, part), name, None)
    tx.describe(f"git remote remove {plain(remote)}", "git")


def rename_remote_names(tx: Transaction, old: str, new: str) -> None:
    """Move the names of a remote to its new name."""
    for part in PARTS:
        for name, value in part_rows(tx.index, remote_part(old, part)):
            tx.set(remote_part(old, part), name, None)
            tx.set(remote_part(new, part), name, value)
    tx.describe(f"git remote rename {plain(old)} to {plain(new)}", "git")

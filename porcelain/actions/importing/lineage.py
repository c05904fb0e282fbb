"""The members of a document that say where a conversation was forked from, as pawan has them."""

from __future__ import annotations

from porcelain.transcript.row import Transcript
from store.session.session import Session

_LINEAGE = ("parent_id", "root_id", "branch_label", "branch_depth")


def lineage_members(parent: Session, transcript: Transcript) -> dict[str, object]:
    """Return the members that say where a conversation was forked from, for a child of `parent`."""
    header = parent.header
    if parent.id == transcript.session_name:
        return {name: header[name] for name in _LINEAGE if header.get(name) is not None}
    if header.get("parent_id") == transcript.session_name:
        return {}  # the parent is a fork of this one that was imported first
    root = header.get("root_id")
    return {
        "parent_id": transcript.parent or parent.id,
        "root_id": root if isinstance(root, str) and root else parent.id,
    }

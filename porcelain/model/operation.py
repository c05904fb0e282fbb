"""Operations: runs of the tool that changed the repository, each stored as a commit.

Formats 1 and 2. The commit's tree holds `operation.json` and `view/` (see `porcelain.model.view`); its
message is the description, for `git log --first-parent refs/wj/op`. Where operations were dropped from
a log that others have too, the tree also holds `dropped/` (see `porcelain.model.operation_store`). Its git parents are the
parent operations, in the order of `parents`, then the commits that keep history alive (see
`porcelain.model.operation_store`). `operation.json` is compact, with keys in this order:

    version        that of the repository when it was written, at least its parents': a mirror
                   clone has no config that would tell an older program to refuse it
    kind           undo, redo, outside, adopt, or the command's name
    description    for people; begins with the command's name; never parsed
    args           the command line, texts of messages dropped
    start, end     milliseconds since the epoch
    user, host     the user and the machine
    replica        the copy of the repository where it was made
    workspace      the acting workspace; null for outside changes
    attributes     text to text
    parents        operation ids; empty: the virtual root operation
    predecessors   new commit -> the commits that it replaces ([] if it is a new change)
    links          undo: {"undoes": id}; redo: {"redoes": id, "target": id};
                   restore: {"restores": id}; revert: {"reverts": id}; links to abandoned
                   operations are left out
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from porcelain.errors import CorruptOperation
from porcelain.model.ids import OperationId
from porcelain.model.stored_json import (
    Misfit,
    decode,
    list_of,
    mapping,
    milliseconds,
    number,
    object_id,
    optional,
    record,
    text,
)
from store.ids import NULL_ID, CommitId, TreeId

FORMAT = 2
WATCH = "watch"
"""The kind and the workspace of operations of `wj watch`, and of imports that hooks start."""
ROOT_OPERATION = OperationId(NULL_ID)


class OperationData(NamedTuple):
    """The content of `operation.json`."""

    kind: str
    description: str
    args: tuple[str, ...] = ()
    start: int = 0
    end: int = 0
    user: str = ""
    host: str = ""
    replica: str = ""
    workspace: str | None = None
    attributes: Mapping[str, str] = {}
    parents: tuple[OperationId, ...] = ()
    predecessors: Mapping[CommitId, tuple[CommitId, ...]] = {}
    links: Mapping[str, str] = {}
    version: int = 1


class Operation(NamedTuple):
    """A stored operation; `view` is None for the virtual root operation.

    `dropped` is the map of the operations that its log has dropped, if any.
    """

    id: OperationId
    data: OperationData
    view: TreeId | None
    kept: tuple[CommitId, ...] = ()
    dropped: TreeId | None = None


class NewerOperation(CorruptOperation):
    """An operation that only a newer version can read; it is not damaged and not to be repaired."""


def encode_operation(data: OperationData) -> bytes:
    """Return the bytes of `operation.json`."""
    fields: dict[str, Any] = {"version": data.version, **data._asdict()}
    fields["attributes"] = dict(sorted(data.attributes.items()))
    fields["predecessors"] = {new: list(old) for new, old in sorted(data.predecessors.items())}
    fields["links"] = dict(sorted(data.links.items()))
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )


def decode_operation(data: bytes, operation_id: str) -> OperationData:
    """Parse `operation.json`.

    Raises:
        CorruptOperation: it is not valid, or of a newer format (`NewerOperation`).
    """
    try:
        version = decode(data, _VERSIONED)["version"]
        if version > FORMAT:
            raise NewerOperation(operation_id, f"it has format {version}, newer than {FORMAT}")
        return OperationData(**decode(data, _FORM), version=version)
    except Misfit as error:
        raise CorruptOperation(operation_id, f"operation.json: {error}") from error


_VERSIONED = record({"version": number(1, 1 << 31)})
_FORM = record(
    {
        "kind": text,
        "description": text,
        "args": list_of(text),
        "start": milliseconds,
        "end": milliseconds,
        "user": text,
        "host": text,
        "replica": text,
        "workspace": optional(text),
        "attributes": mapping(text, text),
        "parents": list_of(object_id),
        "predecessors": mapping(object_id, list_of(object_id)),
        "links": mapping(text, text),
    }
)

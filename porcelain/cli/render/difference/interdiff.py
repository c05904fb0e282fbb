"""The difference between a version of a change and those that it replaced, as text and as data.

Changed description:
- a first title
+ a better title
Changed title: "draft" -> "plan"
- 3 user
    the old text
+ 3 user
    the new text
"""

from __future__ import annotations

import json

from porcelain.cli.render.messages.message import message_pieces
from porcelain.cli.render.messages.rows import row_data
from porcelain.cli.run.colors import Piece
from porcelain.display import plain
from porcelain.graph.evolution import Version
from porcelain.index.id_sources import ROOT_COMMIT
from porcelain.model.message_numbers import Numbered
from porcelain.repo.interdiff import FieldChange, VersionDiff, version_diff
from porcelain.repo.reader import RepoReader
from store.errors import StoreError

_MOST_CHARACTERS = 60


def difference(repo: RepoReader, version: Version) -> list[Piece]:
    """Return the difference as text, a newline at its end; empty where nothing differs."""
    if version.commit == ROOT_COMMIT:
        return []
    try:
        diff = version_diff(repo, version.commit, version.predecessors)
    except StoreError as error:
        return [("unreadable", f"It cannot be compared: {plain(str(error), None)}\n")]
    return version_pieces(diff)


def version_pieces(diff: VersionDiff) -> list[Piece]:
    """Return a difference between versions as text; empty where nothing differs."""
    pieces: list[Piece] = []
    if diff.description is not None:
        pieces.append(("", "Changed description:\n"))
        for sign, text in zip(("removed -", "added +"), diff.description, strict=True):
            labels, mark = sign.split(" ")
            pieces += [(labels, f"{mark} {plain(line, None)}\n") for line in text.splitlines()]
    for field in diff.fields:
        pieces += field_pieces(field)
    for change in diff.rows:
        pieces += [*_row("removed", "-", change.before), *_row("added", "+", change.after)]
    return pieces


def difference_data(repo: RepoReader, version: Version) -> dict[str, object] | None:
    """Return the difference as data; None for the root commit.

    The member `problem` describes a commit that cannot be read.
    """
    if version.commit == ROOT_COMMIT:
        return None
    try:
        diff = version_diff(repo, version.commit, version.predecessors)
    except StoreError as error:
        return {"problem": str(error)}
    return version_data(diff)


def version_data(diff: VersionDiff) -> dict[str, object]:
    """Return a difference between versions as data."""
    description = diff.description
    sides = None if description is None else {"before": description[0], "after": description[1]}
    return {
        "description": sides,
        "fields": {one.name: {"before": one.before, "after": one.after} for one in diff.fields},
        "rows": [
            {"before": _side(change.before), "after": _side(change.after)} for change in diff.rows
        ],
    }


def _side(row: Numbered | None) -> dict[str, object] | None:
    return None if row is None else row_data(*row)


def field_pieces(field: FieldChange) -> list[Piece]:
    """Return the line that shows a changed field of the document."""
    return [
        ("", f"Changed {plain(field.name)}: "),
        ("removed", _value(field.before)),
        ("", " -> "),
        ("added", _value(field.after)),
        ("", "\n"),
    ]


def _value(value: object) -> str:
    text = plain(json.dumps(value, ensure_ascii=False), None)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"


def _row(labels: str, mark: str, row: Numbered | None) -> list[Piece]:
    if row is None:
        return []
    return [(labels, mark), ("", " "), *message_pieces(*row, full=False)]

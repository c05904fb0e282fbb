"""Operations as data, and as one line in messages."""

from __future__ import annotations

from porcelain.cli.run.colors import Piece
from porcelain.display import ago, iso_time, plain
from porcelain.model.operation import ROOT_OPERATION, Operation

SHORT = 12


def operation_line(operation: Operation, now: int) -> list[Piece]:
    """Return the line that shows an operation in messages; `now` is in milliseconds."""
    data = operation.data
    if operation.id == ROOT_OPERATION:
        return [("op_log id", operation.id[:SHORT]), ("", " "), ("root", "root()")]
    return [
        ("op_log id", operation.id[:SHORT]),
        ("", " ("),
        ("op_log time", ago(now - data.end)),
        ("", ") "),
        ("", _first_line(data.description)),
    ]


def operation_data(operation: Operation) -> dict[str, object]:
    """Return an operation as data."""
    data = operation.data
    return {
        "id": operation.id,
        "parents": list(data.parents),
        "kind": data.kind,
        "description": data.description,
        "args": list(data.args),
        "start": iso_milliseconds(data.start),
        "end": iso_milliseconds(data.end),
        "user": data.user,
        "host": data.host,
        "replica": data.replica,
        "workspace": data.workspace,
        "attributes": dict(data.attributes),
        "links": dict(data.links),
    }


def iso_milliseconds(milliseconds: int) -> str | None:
    """Return a time as data: ISO 8601, in UTC; None for one that no calendar has."""
    seconds, rest = divmod(milliseconds, 1000)
    whole = iso_time(seconds)
    return whole and f"{whole[:-1]}.{rest:03d}Z"


def shell_line(words: tuple[str, ...]) -> str:
    """Return a command line as a user would type it, safe to show."""
    return " ".join(_quoted(plain(word, None)) for word in words)


def _quoted(word: str) -> str:
    if word and all(c.isalnum() or c in "_./@:=+-,~%^" for c in word):
        return word
    return "'" + word.replace("'", "'\"'\"'") + "'"


def _first_line(text: str) -> str:
    return plain(text.partition("\n")[0], None)

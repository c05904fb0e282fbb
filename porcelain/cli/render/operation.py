"""Operations as text and as data: three lines in the operation log, one in messages.

entry   55168c77c058 ann@host default@ 3 minutes ago, lasted 12 milliseconds
        fork try-b from bcbe78507e8b
        args: wj fork bc try-b
"""

from __future__ import annotations

from porcelain.cli.run.colors import Piece
from porcelain.display import ago, counted, iso_time, local_time, plain
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


def operation_entry(
    operation: Operation, now: int, *, current: bool, unique: int = 0
) -> list[Piece]:
    """Return an operation's entry in the log; ends with a newline.

    `unique` digits of its id, which are enough to name it, are highlighted.
    """
    labels = "op_log current " if current else "op_log "
    data = operation.data
    shown = operation.id[: max(SHORT, unique)]
    pieces = [(f"{labels}id prefix", shown[:unique]), (f"{labels}id rest", shown[unique:])]
    if not unique:
        pieces = [(f"{labels}id", shown)]
    pieces.append((labels, " "))
    if operation.id == ROOT_OPERATION:
        return [*pieces, ("root", "root()"), ("", "\n")]
    if data.user or data.host:
        pieces += [(f"{labels}user", plain(f"{data.user}@{data.host}")), (labels, " ")]
    if data.workspace is not None:
        pieces += [(f"{labels}workspaces", f"{plain(data.workspace)}@"), (labels, " ")]
    lasted = duration(max(0, data.end - data.start))
    pieces += [
        (f"{labels}time", f"{ago(now - data.end)}, lasted {lasted}"),
        (labels, f"\n{_first_line(data.description)}"),
    ]
    if data.args:
        pieces += [(labels, "\n"), (f"{labels}attributes", f"args: {shell_line(data.args)}")]
    return [*pieces, ("", "\n")]


def operation_text(operation: Operation, name: str) -> str:
    """Return a field of an operation as templates show it."""
    data = operation.data
    if name == "time":
        return local_time(data.end // 1000)
    texts = {
        "start": iso_milliseconds(data.start) or "invalid date",
        "end": iso_milliseconds(data.end) or "invalid date",
        "workspace": data.workspace or "",
        "args": shell_line(data.args),
        "parents": " ".join(data.parents),
    }
    return texts[name] if name in texts else str(getattr(data, name))


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


def duration(milliseconds: int) -> str:
    """Return a length of time in words."""
    if milliseconds < 1000:
        return counted(milliseconds, "millisecond")
    return f"{milliseconds / 1000:.1f} seconds"


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

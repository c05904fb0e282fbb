"""Reports on imported files, and warnings about damaged, torn and missing rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from porcelain.cli.run.context import Context
from porcelain.display import counted, plain
from porcelain.transcript.row import Transcript

if TYPE_CHECKING:
    from porcelain.actions.importing.import_transcript import Imported

_FEW = 3
"""Conversations of one file that are reported one by one."""


def warn_of_faults(context: Context, name: str, transcript: Transcript) -> None:
    """Warn of rows that a file lacks, and of damaged and torn ones, naming the first of these."""
    base = transcript.base
    if base is not None:
        begun = f"it goes on from row {base.ordinal} of the rollout {plain(base.file)}"
        context.output.warning(
            f"{plain(name, None)}: {begun}, which is neither imported nor near it; "
            "the rows before are not in the conversation"
        )
    if not transcript.faults:
        return
    line, reason = transcript.faults[0]
    torn = bool(transcript.torn)
    damaged = len(transcript.faults) - torn
    said = [f"{counted(damaged, 'damaged row')} kept byte for byte"] if damaged else []
    if torn:
        said.append("a torn last row left out until it is whole")
    hints = ("`--strict` refuses such a file",) if damaged else ()
    place = f"{plain(name, None)}: line {line}: {reason}"
    context.output.warning(f"{place}; {', '.join(said)}", *hints)


def imported_names(done: Sequence[Imported], within: Mapping[str, str]) -> str:
    """Return the sessions of imported files, in the words of an operation's description."""
    names = list(dict.fromkeys(item.session for item in done))
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    files = {within.get(item.source, item.source) for item in done}
    return f"{len(files)} files as {shown}" if len(files) > 1 else shown


def import_lines(done: Sequence[Imported], within: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that report imported files.

    `within` tells which file holds a conversation beside others. Where many of one file are new,
    they share a line.
    """
    begun: dict[str, list[Imported]] = {}
    for item in done:
        if item.started and item.source in within:
            begun.setdefault(within[item.source], []).append(item)
    many = {file: items for file, items in begun.items() if len(items) > _FEW}
    for item in done:
        file = within.get(item.source, "")
        if not item.started or file not in many:
            yield _import_line(item)
        elif many[file][0] is item:
            new = _new(sum(o.changes for o in many[file]), sum(o.rows for o in many[file]))
            started = counted(len(many[file]), "session")
            yield f"{plain(file, None)}: {new}; started {started}"


def _import_line(item: Imported) -> str:
    """Return the line that reports an imported file."""
    source = plain(item.source, None)
    restored = f"; restored {counted(item.restored, 'damaged row')}" if item.restored else ""
    if item.restored and item.kind == "unchanged":
        return f"{source}: nothing new{restored}"
    word = "started" if item.started else "continued"
    new = _new(item.changes, item.rows)
    return f"{source}: {new}; {word} session {item.session}{restored}"


def _new(changes: int, rows: int) -> str:
    return f"{counted(changes, 'change')}, {counted(rows, 'row')} new"

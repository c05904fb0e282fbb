"""What is said of imported files: what became of them, and rows that are damaged or missing."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.actions.importing.import_transcript import Imported
from porcelain.cli.run.context import Context
from porcelain.display import counted, plain
from porcelain.transcript.row import Transcript


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


def imported_names(done: Sequence[Imported]) -> str:
    """Return the sessions of imported files, in the words of an operation's description."""
    names = list(dict.fromkeys(item.session for item in done))
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    return f"{len(done)} files as {shown}" if len(done) > 1 else shown


def import_line(item: Imported) -> str:
    """Return the line that reports an imported file."""
    source = plain(item.source, None)
    restored = f"; restored {counted(item.restored, 'damaged row')}" if item.restored else ""
    if item.restored and item.kind == "unchanged":
        return f"{source}: nothing new{restored}"
    word = "started" if item.started else "continued"
    new = f"{counted(item.changes, 'change')}, {counted(item.rows, 'row')} new"
    return f"{source}: {new}; {word} session {item.session}{restored}"

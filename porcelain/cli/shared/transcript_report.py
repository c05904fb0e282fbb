"""Warnings about transcripts with lines that are no whole rows, or without some of their rows."""

from __future__ import annotations

from porcelain.cli.run.context import Context
from porcelain.display import counted, plain
from porcelain.transcript.row import Transcript


def warn_of_faults(context: Context, name: str, transcript: Transcript) -> None:
    """Warn of rows that a file lacks, and of damaged and torn ones, naming the first of these."""
    if transcript.missing:
        said_of = f"{plain(name, None)}: {plain(transcript.missing, None)}"
        context.output.warning(f"{said_of}; the rows before are in that file alone")
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

"""Warnings about transcripts with lines that are no whole rows."""

from __future__ import annotations

from porcelain.cli.run.context import Context
from porcelain.display import counted, plain
from porcelain.transcript.row import Transcript


def warn_of_faults(context: Context, name: str, transcript: Transcript) -> None:
    """Warn of the damaged and torn rows of a file, if there are any, naming the first."""
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

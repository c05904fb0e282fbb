"""Warnings about transcripts with lines that are no whole rows, or without some of their rows."""

from __future__ import annotations

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

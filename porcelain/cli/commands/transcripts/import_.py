"""`wj import`: record agents' transcripts, one change for each turn."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import click

from porcelain.actions.recording.import_transcript import import_transcript, move_workspace
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import REFUSED, Misuse, Problem, problem_of
from porcelain.cli.run.files import read_input
from porcelain.cli.run.params import FILE, make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.transcript_report import warn_of_faults
from porcelain.display import counted, plain
from porcelain.transcript.errors import NoMessages
from porcelain.transcript.formats import read_transcript

if TYPE_CHECKING:
    from porcelain.actions.recording.import_transcript import Imported
    from porcelain.actions.recording.record import Recorder
    from porcelain.transcript.row import Transcript

_SUFFIX = ".jsonl"
_MANY_ROWS = (
    500  # about a thousand objects: larger imports are written before the store lock is taken
)


@make_command("import")
@click.argument("paths", type=FILE, nargs=-1, required=True, metavar="PATH…")
@click.option("--format", "format_name", metavar="FORMAT", help="The format (default: detected)")
@click.option("--by", type=click.Choice(["turn", "message", "file"]), default="turn",
              help="The unit of one change (default: turn)")  # fmt: skip
@click.option("--session", metavar="NAME", help="The session for a single file")
@click.option("--strict", is_flag=True, help="Refuse a file with a damaged or torn row")
@click.option("--again", is_flag=True, help="Import again files whose commits are gone")
def command(
    context: Context,
    paths: tuple[str, ...],
    format_name: str | None,
    by: Literal["turn", "message", "file"],
    session: str | None,
    strict: bool,
    again: bool,
) -> None:
    """Import transcripts of any known format; a folder means the `.jsonl` files in it.

    Each turn becomes one change, and all files together one operation. Of a file that was
    imported before, only the new part is added. A damaged line is kept unchanged, with a
    warning; a torn last row is imported once it is complete. Files that cannot be imported are
    reported; the others are imported, and the exit code is 1.
    """
    files = _files(paths)
    if session is not None and len(files) > 1:
        raise Misuse("`--session` names the session of one file", f"{len(files)} files were found")
    work = _Import(context, by, session, again)
    work.read(files, format_name or "", strict=strict)
    work.run()
    work.report()
    if work.problems:
        raise click.exceptions.Exit(REFUSED)


class _Import:
    """One call: the transcripts to import, what became of them, and what went wrong."""

    def __init__(
        self,
        context: Context,
        by: Literal["turn", "message", "file"],
        session: str | None,
        again: bool,
    ) -> None:
        self.context = context
        self.mutation = Mutation(context)
        self.options: dict[str, Any] = {"by": by, "session": session, "again": again}
        self.transcripts: dict[str, Transcript] = {}
        self.problems: dict[str, Problem] = {}
        self.empty: list[str] = []
        self.done: list[Imported] = []
        self.here = ""
        self.tx: Recorder | None = None

    def read(self, files: Sequence[str], format_name: str, *, strict: bool) -> None:
        """Read all files, before the repository is touched."""
        for name in files:
            try:
                data = read_input(name)
                self.transcripts[name] = read_transcript(data, name, format_name, strict=strict)
            except NoMessages:
                self.empty.append(name)
            except Exception as error:  # noqa: BLE001 - reported below; others go on
                self._refuse(name, error)

    def run(self) -> None:
        """Import all files in one transaction, and again without a file that fails."""
        rows = sum(len(transcript.rows) for transcript in self.transcripts.values())
        while self.transcripts or (self.empty and not self.problems):
            self.done, self.here = [], ""
            try:
                self.context.perform(self._record, large=rows > _MANY_ROWS)
            except Exception as error:
                if not self.here:
                    raise
                self._refuse(self.here, error)
                del self.transcripts[self.here]
            else:
                return

    def _record(self, tx: Recorder) -> None:
        """Do the work in a transaction; a concurrent writer may cause a second call."""
        self.tx, self.done = tx, []
        for name, transcript in self.transcripts.items():
            self.here = name
            self.done.append(import_transcript(tx, transcript, name, **self.options))
        self.here = ""
        move_workspace(tx, self.done)
        tx.kind, tx.description = "import", _description(self.done)

    def report(self) -> None:
        """Report the result of each file."""
        output, mutation = self.context.output, self.mutation
        for name in self.empty:
            mutation.say(f"{plain(name, None)}: nothing to import")
        for item in self.done:
            mutation.say(_line(item))
        for name, transcript in self.transcripts.items():
            warn_of_faults(self.context, name, transcript)
        if self.tx is not None and (self.done or self.empty):
            own = list(self.tx.rewrites.created)
            files = [item._asdict() for item in self.done]
            failed = [
                {"source": name, "code": problem.code, "message": problem.message}
                for name, problem in self.problems.items()
            ]
            mutation.report(self.tx, own=own, files=files, failed=failed)
        for problem in self.problems.values():
            output.problem(problem)

    def _refuse(self, name: str, error: Exception) -> None:
        problem = problem_of(error)
        if problem is None or problem.status != REFUSED:
            raise error
        self.problems[name] = problem


def _files(paths: Sequence[str]) -> list[str]:
    """Return the files to import: the named ones, and the transcripts in named folders."""
    found: list[str] = []
    for path in paths:
        if not os.path.isdir(path):
            found.append(path)
            continue
        inside = [
            os.path.join(folder, name)
            for folder, _, names in os.walk(path)
            for name in names
            if name.endswith(_SUFFIX)
        ]
        if not inside:
            raise Misuse(f"There is no {_SUFFIX} file in {path}")
        found += sorted(inside)
    return list(dict.fromkeys(found))


def _description(done: Sequence[Imported]) -> str:
    names = list(dict.fromkeys(item.session for item in done))
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    return f"import {len(done)} files as {shown}" if len(done) > 1 else f"import {shown}"


def _line(item: Imported) -> str:
    source = plain(item.source, None)
    if not item.rows and not item.changes:
        return f"{source}: nothing new"
    word = "started" if item.started else "continued"
    new = f"{counted(item.changes, 'change')}, {counted(item.rows, 'row')} new"
    return f"{source}: {new}; {word} session {item.session}"

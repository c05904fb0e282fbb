"""Imports of files that agents are writing, without a workspace of anybody."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from porcelain.actions.importing.import_transcript import Imported
from porcelain.actions.recording.record import Recorder
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Problem
from porcelain.cli.shared.file_import import FileImport, ImportOptions
from porcelain.cli.shared.transcript_files import Chosen
from porcelain.cli.shared.transcript_report import import_lines, imported_names, warn_of_faults
from porcelain.exchange.agents.table import agent_of
from porcelain.exchange.live.read_files import ReadFiles
from porcelain.model.operation import WATCH
from porcelain.transcript.input import Input
from porcelain.transcript.row import Transcript

_TORN_FOR = 60_000
"""Milliseconds that a torn last row is left to its agent before it is stored."""


class Projects(NamedTuple):
    """The folders whose sessions are recorded, and those whose sessions are not, as real paths."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @classmethod
    def of(cls, include: Iterable[str], exclude: Iterable[str], home: str) -> Projects:
        """Return the folders that paths name; `~` is the home folder."""
        return cls(*(tuple(_real(one, home) for one in some) for some in (include, exclude)))

    def wants(self, project: str) -> bool:
        """Tell whether sessions of a working folder are recorded; "" if it is unknown."""
        real = os.path.realpath(project) if project else ""
        if any(_is_in(real, one) for one in self.exclude):
            return False
        return not self.include or any(_is_in(real, one) for one in self.include)


class Told:
    """Reports that were made already, so that each burst of a file does not repeat them."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.faults: dict[str, int] = {}
        self.texts: set[str] = set()

    def is_new(self, text: str) -> bool:
        """Tell whether a text was not reported yet, and remember it."""
        if text in self.texts:
            return False
        self.texts.add(text)
        return True


class LiveImport(FileImport):
    """One burst: it moves no `@`, and leaves torn rows to their agents for a minute."""

    checks_known = False  # each burst would read all rows of its files again

    def __init__(
        self, context: Context, paths: Iterable[str], projects: Projects, read: ReadFiles
    ) -> None:
        """Read nothing yet; `read` has the files of the bursts before."""
        files = [Chosen(path, named=False) for path in paths]
        super().__init__(
            context, files, ImportOptions(None, None, again=False, format="", strict=False)
        )
        self.projects = projects
        self.read = read
        self.left_out: dict[str, bool] = {}
        """The files with conversations that are left out; whether that stays so when they change."""

    def open(self, path: str) -> Input:
        """Open a file; of one that has grown only the tail is read."""
        return self.read.opened(path)

    def keep(self, path: str, transcript: Transcript) -> Transcript | None:
        """Leave out conversations of other projects, and torn rows that are young."""
        if not self.projects.wants(transcript.facts.project):
            agent = agent_of(transcript.format)
            is_one = agent is not None and agent.unit == "session"
            is_known = bool(transcript.facts.project)
            self.left_out[self.within.get(path, path)] = is_one and is_known
            return None
        if not transcript.torn or self._age(path) > _TORN_FOR:
            return transcript
        self.seen.pop(path, None)  # so that a later look takes the torn row
        return transcript._replace(torn=b"", faults=transcript.faults[:-1])

    def finish(self, tx: Recorder) -> None:
        """Describe the operation; no workspace moves."""
        tx.kind, tx.description = WATCH, f"watch {imported_names(self.news, self.within)}"

    @property
    def news(self) -> list[Imported]:
        """The files of which something was recorded."""
        return [item for item in self.done if item.is_news]

    def tell(self, told: Told) -> None:
        """Report one line for each file of which something was recorded, and new problems."""
        output, news = self.context.output, self.news
        for line in import_lines(news, self.within):
            output.status(line)
        for item in news:
            for note in item.notes:
                if told.is_new(note):
                    output.hint(note)
        for name, transcript in self.faults.items():
            if len(transcript.faults) > told.faults.get(name, 0):
                told.faults[name] = len(transcript.faults)
                warn_of_faults(self.context, name, transcript)
        for problem in self.problems.values():
            if told.is_new(problem.message):
                output.problem(problem)
        if output.json and news and self.tx is not None:
            operation = self.tx.published.operation
            files = [item._asdict() for item in news]
            output.data({"operation": operation.id if operation else None, "files": files})

    @property
    def problem(self) -> Problem | None:
        """One of the problems with files, or None."""
        return next(iter(self.problems.values()), None)

    def _age(self, path: str) -> int:
        try:
            return self.context.settings.clock() - os.stat(path).st_mtime_ns // 1_000_000
        except OSError:
            return 0


def _real(path: str, home: str) -> str:
    if path == "~" or path.startswith("~/"):
        path = f"{home}{path[1:]}"
    return os.path.realpath(path)


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")

"""The import of files: each is read, recorded and reported; those that fail are left out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from porcelain.actions.importing.import_transcript import Importer, move_workspace
from porcelain.actions.importing.record_source import record_container
from porcelain.actions.importing.source_book import location_of
from porcelain.actions.importing.unread_files import (
    SeenFile,
    look_at,
    remember_files,
    unchanged_files,
)
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import REFUSED, Problem, problem_of
from porcelain.cli.run.files import STDIN, open_input
from porcelain.cli.run.progress import Progress
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.transcript_files import Chosen, file_beside
from porcelain.cli.shared.transcript_report import warn_of_faults
from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.index.view_rows import shown_replica
from porcelain.transaction.replicas import oldest_replica
from porcelain.transcript.documents.session_folders import (
    SessionFolder,
    folder_of,
    read_folder,
)
from porcelain.transcript.errors import NoMessages
from porcelain.transcript.formats import (
    detect,
    read_container,
    read_conversations,
)
from porcelain.transcript.input import Input
from store.errors import InvalidSession

if TYPE_CHECKING:
    from porcelain.actions.importing.import_transcript import Imported
    from porcelain.actions.recording.record import Recorder
    from porcelain.transcript.row import Transcript

_LARGE = 256 * 1024
"""Bytes from which on an import is written before the store lock is taken."""


class ImportOptions(NamedTuple):
    """The choices of the user; `format` is "" where it is to be detected."""

    by: Literal["turn", "message", "file"] | None
    session: str | None
    again: bool
    format: str
    strict: bool


class FileImport:
    """One call: the files to import, what became of them, and what went wrong.

    One file at a time is read and held, so a user's whole history needs no more memory than its
    longest conversation.
    """

    def __init__(self, context: Context, files: Sequence[Chosen], options: ImportOptions) -> None:
        self.context = context
        self.mutation = Mutation(context)
        self.files = list(files)
        self.options = options
        self.problems: dict[str, Problem] = {}
        self.empty: dict[str, None] = {}
        self.foreign: dict[str, None] = {}
        self.faults: dict[str, Transcript] = {}
        self.same: list[str] = []
        self.seen: dict[str, SeenFile] = {}
        self.done: list[Imported] = []
        self.taken: set[str] = set()
        self.containers: dict[str, str] = {}  # of paths to formats
        self.container_ids: dict[str, str] = {}
        self.here = ""
        self.replica = ""
        self.tx: Recorder | None = None

    def leave_out_unchanged(self) -> None:
        """Leave out files in folders that are as they were when they were imported."""
        repo = self.context.repo
        shown = shown_replica(repo.repository, repo.index, repo.host)
        replica = oldest_replica(repo.index, shown)
        unnamed = [file.path for file in self.files if not file.named]
        self.same = list(unchanged_files(repo.index, replica, unnamed))
        known = set(self.same)
        self.files = [file for file in self.files if file.path not in known]

    def run(self) -> None:
        """Import all files in one transaction, and again without a file that fails."""
        size = sum(map(_size, self.files))
        while self.files:
            self.done, self.here = [], ""
            try:
                self.context.perform(self._record, large=size > _LARGE)
            except Exception as error:
                if not self.here:
                    raise
                self._refuse(self.here, error)
            else:
                self._remember()
                return

    def _record(self, tx: Recorder) -> None:
        """Do the work in a transaction; a concurrent writer may cause a second call."""
        self.tx, self.done, self.taken, self.container_ids = tx, [], set(), {}
        self.replica = oldest_replica(tx.index, tx.base.replica)
        importer = Importer(tx)
        waiting: list[Chosen] = []
        with Progress(self.context.output, "Importing", len(self.files)) as progress:
            for file in self._in_order(importer):
                progress.step(file.path)
                if not self._add(importer, file, may_wait=True):
                    waiting.append(file)
            for file in waiting:
                self._add(importer, file, may_wait=False)
        self.finish(tx)

    def finish(self, tx: Recorder) -> None:
        """Move the workspace, and describe the operation."""
        move_workspace(tx, self.done)
        tx.kind, tx.description = "import", f"import {imported_names(self.done)}"

    def _in_order(self, importer: Importer) -> list[Chosen]:
        """Return the files at known locations first."""
        known = [importer.book.at(self._location(one.path)) for one in self.files]
        ranks = zip((one is None for one in known), range(len(known)), self.files, strict=True)
        return [file for _, _, file in sorted(ranks, key=lambda item: item[:2])]

    def _add(self, importer: Importer, file: Chosen, *, may_wait: bool) -> bool:
        """Import the conversations of a file; False if it waits for the file that it continues."""
        path = os.path.abspath(folder_of(file.path))
        if path in self.taken:
            return True
        if not may_wait:
            self.taken.add(path)
        sources: list[str] = []
        for name, transcript in self._read(file):
            parent = transcript.parent
            location = self._location(name)
            is_begun = importer.goes_on(transcript, location)
            is_copy = parent and not importer.book.named(transcript.format, parent)
            if may_wait and (is_copy or not is_begun):
                return False
            if is_begun or self._take_base(importer, name, transcript, location):
                self.faults[name] = self.faults[name]._replace(base=None)
            self.here = name
            by, session, again = self.options[:3]
            found = importer.add(
                transcript,
                name,
                location=location,
                by=by,
                session=session if file in self.files else None,
                again=again,
            )
            self.done.append(found)
            self.here = ""
            sources.append(found.source_id)
        if file.path in self.containers and file.path not in self.problems:
            self._add_container(importer, file.path, sources)
        elif sources:
            importer.book.leave_container(location_of(self.replica, file.path))
        self.taken.add(path)
        return True

    def _location(self, name: str) -> str:
        """Return the location of a file; of a file that stands for its folder, the folder's."""
        return "" if name == STDIN else location_of(self.replica, folder_of(name))

    def _add_container(self, importer: Importer, path: str, sources: Sequence[str]) -> None:
        """Record a file with several conversations beside these."""
        self.here = path
        whole = read_container(open_input(path), path, self.containers[path])
        if whole is not None:
            location = location_of(self.replica, path)
            key = record_container(importer.tx, importer.book, whole, sources, location)
            if key is not None:
                self.container_ids[path] = key
        self.here = ""

    def _take_base(
        self, importer: Importer, name: str, transcript: Transcript, location: str
    ) -> bool:
        """Import the file that another one goes on from, if it is near; tell whether it was."""
        assert transcript.base is not None
        beside = file_beside(name, transcript.base.file)
        if beside is None:
            return False
        self._add(importer, Chosen(beside, named=False), may_wait=False)
        return importer.goes_on(transcript, location)

    def _read(self, file: Chosen) -> list[tuple[str, Transcript]]:
        """Read a file; return its conversations, each of several with its id behind the name."""
        name = file.path
        if name in self.problems:
            return []
        place = folder_of(name)
        is_folder = os.path.isdir(place)  # its time does not tell whether a file in it changed
        seen = None if is_folder else look_at(name, self.context.actor.clock())
        if seen is not None:
            self.seen[name] = seen
        try:
            folder = read_folder(place) if is_folder else SessionFolder(name)
            made = folder.document
            data = open_input(folder.path) if made is None else Input(made, name)
            format_ = self.options.format if file.named else self._format(data, name)
            if format_ is None:
                return []
            found = read_conversations(data, folder.path, format_, strict=self.options.strict)
            if not found:
                raise NoMessages("there is no conversation in it", source=name)
            if len(found) > 1 and self.options.session is not None:
                reason = f"it holds {len(found)} conversations, not one for `--session`"
                raise Refused(f"{name}: {reason}")
        except NoMessages:
            self.empty[name] = None
            return []
        except Exception as error:  # noqa: BLE001 - reported below; others go on
            self._refuse(name, error)
            return []
        if len(found) > 1 and name != STDIN:
            self.containers[name] = found[0].format
        whole = [one._replace(beside=folder.beside) for one in found]
        named = [
            (one, kept) for one, read in _named(name, whole) if (kept := self.keep(name, read))
        ]
        self.faults |= {one: transcript._replace(rows=()) for one, transcript in named}
        return [item for item in named if item[0] not in self.problems]

    def keep(self, path: str, transcript: Transcript) -> Transcript | None:  # noqa: ARG002
        """Return a conversation of a file as it is to be imported; None leaves it out."""
        return transcript

    def _format(self, data: Input, name: str) -> str | None:
        """Return the format of a file that a folder has; count it if it is in none.

        Raises:
            NoMessages: the file is empty.
        """
        try:
            found = detect(data, name)
        except NoMessages:
            raise
        except InvalidSession:
            found = ""
        if not found or self.options.format not in ("", found):
            self.foreign[name] = None
            return None
        return found

    def _remember(self) -> None:
        """Remember the states of the files that were imported, for the next import."""
        sources = {item.source: item.source_id for item in self.done} | self.container_ids
        files = {name: seen for name, seen in self.seen.items() if name in sources}
        remember_files(self.context.repo.index, self.replica, files, sources)

    def report(self) -> None:
        """Report the result of each file."""
        output, mutation = self.context.output, self.mutation
        new = [item for item in self.done if item.is_news]
        same, older = (
            [item.source for item in self.done if not item.is_news and item.kind == kind]
            for kind in ("unchanged", "older")
        )
        for said, names in (
            ("nothing to import", [*self.empty]),
            ("nothing new", [*self.same, *same]),
            ("older than what was imported", older),
        ):
            if names:
                where = plain(names[0], None) if len(names) == 1 else counted(len(names), "file")
                mutation.say(f"{where}: {said}")
        for item in new:
            mutation.say(import_line(item))
        mutation.notes += [note for item in self.done for note in item.notes]
        foreign = len(self.foreign)
        if foreign:
            mutation.say(f"{counted(foreign, 'file')}: no transcript in a known format")
        for name, transcript in self.faults.items():
            warn_of_faults(self.context, name, transcript)
        if not self.done and not self.empty and not self.problems:
            if self.same:
                output.status(f"{counted(len(self.same), 'file')}: nothing new")
            elif foreign:
                files = counted(foreign, "file")
                output.status(f"Nothing to import: {files} in no known format")
            if output.json:
                output.data({"files": [], "failed": [], "foreign": foreign})
        elif self.tx is not None and (self.done or self.empty):
            own = list(self.tx.rewrites.created)
            done = [item._asdict() for item in self.done]
            failed = [
                {"source": name, "code": problem.code, "message": problem.message}
                for name, problem in self.problems.items()
            ]
            more = {"files": done, "failed": failed, "foreign": foreign}
            mutation.report(self.tx, own=own, **more)
        for problem in self.problems.values():
            output.problem(problem)

    def _refuse(self, name: str, error: Exception) -> None:
        problem = problem_of(error)
        if problem is None or problem.status != REFUSED:
            raise error
        self.problems[name] = problem


def _named(name: str, found: Sequence[Transcript]) -> list[tuple[str, Transcript]]:
    """Return the conversations of a file by name; of several with equal ids by number too."""
    if len(found) == 1:
        return [(name, found[0])]
    named: dict[str, Transcript] = {}
    for number, transcript in enumerate(found, start=1):
        place = f"{name}#{transcript.native_id}"
        named[f"{place}#{number}" if place in named else place] = transcript
    return list(named.items())


def _size(file: Chosen) -> int:
    try:
        return os.stat(file.path).st_size
    except OSError:
        return _LARGE + 1  # stdin; or the reading will say why


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

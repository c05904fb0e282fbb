"""The import of files: each is read, recorded and reported; those that fail are left out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from porcelain.actions.importing.import_transcript import Importer, Inside, move_workspace
from porcelain.actions.importing.record_source import ContainerRecorder
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
from porcelain.cli.shared.transcript_report import import_lines, imported_names, warn_of_faults
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
from porcelain.transcript.formats import detect, read_parts
from porcelain.transcript.input import Input
from porcelain.transcript.reading.compressed import plain_bytes
from porcelain.transcript.reading.line_file import file_stem
from porcelain.transcript.row import newest_time
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


class Read(NamedTuple):
    """A part of a file as it was read; `name` is that of the conversation in messages.

    `transcript` is None for what is no conversation, or is not imported; `place` is that of the
    part in a file with several, `data`. `is_hidden` tells that it must not be recorded at all.
    """

    name: str
    transcript: Transcript | None
    place: tuple[int, int] | None
    data: Input
    is_hidden: bool = False


class FileImport:
    """One call: the files to import, what became of them, and what went wrong.

    One file at a time is read and held, so a user's whole history needs no more memory than its
    longest conversation.
    """

    checks_known = True  # as for `Importer`

    def __init__(self, context: Context, files: Sequence[Chosen], options: ImportOptions) -> None:
        self.context = context
        self.mutation = Mutation(context)
        self.files = list(files)
        self.options = options
        self.problems: dict[str, Problem] = {}
        self.empty, self.foreign = dict[str, None](), dict[str, None]()
        self.faults: dict[str, Transcript] = {}
        self.same: list[str] = []
        self.seen: dict[str, SeenFile] = {}
        self.done: list[Imported] = []
        self.taken: set[str] = set()
        self.within: dict[str, str] = {}  # of names of conversations to the files that hold several
        self.container_ids: dict[str, str] = {}
        self.here = self.replica = ""
        self.tx: Recorder | None = None

    def leave_out_unchanged(self) -> None:
        """Leave out files in folders that are as they were when they were imported."""
        repo = self.context.repo
        shown = shown_replica(repo.repository, repo.index, repo.host)
        replica = oldest_replica(repo.index, shown)
        unnamed = [file.path for file in self.files if not file.named]
        known = unchanged_files(repo.index, replica, unnamed)
        self.same = list(known)
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
        importer = Importer(tx, checks_known=self.checks_known)
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
        tx.kind, tx.description = "import", f"import {imported_names(self.done, self.within)}"

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
        container: ContainerRecorder | None = None
        is_whole = file.path != STDIN
        for one in self._read(file):
            if container is None and one.place is not None:
                here = self._location(file.path)
                container = ContainerRecorder(importer.tx, importer.book, one.data, here)
            is_whole = is_whole and not one.is_hidden
            if one.transcript is not None:
                if may_wait and self._waits(importer, one.name, one.transcript):
                    return False
                inside = None
                if container is not None and one.place is not None and is_whole:
                    inside = Inside(container, one.place)
                self._import(importer, file, one.name, one.transcript, inside)
            elif container is not None and one.place is not None and is_whole:
                container.add_other(one.place)
        if container is not None and is_whole:
            self._finish(container, file.path)
        elif container is None:
            importer.book.leave_container(self._location(file.path))
        self.taken.add(path)
        return True

    def _finish(self, container: ContainerRecorder, path: str) -> None:
        """Record a file with several conversations beside these."""
        self.here = path
        key = container.finish()
        if key is not None:
            self.container_ids[path] = key
        self.here = ""

    def _waits(self, importer: Importer, name: str, transcript: Transcript) -> bool:
        """Tell whether a conversation waits for the file that it continues or was copied from."""
        parent = transcript.parent
        is_copy = parent and not importer.book.named(transcript.format, parent)
        return bool(is_copy) or not importer.goes_on(transcript, self._location(name))

    def _import(
        self,
        importer: Importer,
        file: Chosen,
        name: str,
        transcript: Transcript,
        inside: Inside | None,
    ) -> None:
        """Import one conversation."""
        location = self._location(name)
        if inside is not None and name == f"{file.path}#{transcript.native_id}":
            places = (location, self._location(file.path))
            location = importer.book.place_inside(transcript, file_stem(file.path), places)
        is_begun = importer.goes_on(transcript, location)
        if is_begun or self._take_base(importer, name, transcript, location):
            self._note_faults(name, transcript._replace(base=None))
        self.here = name
        by, session, again = self.options[:3]
        found = importer.add(
            transcript,
            name,
            location=location,
            by=by,
            session=session if file in self.files else None,
            again=again,
            inside=inside,
        )
        if inside is not None:
            inside.container.note(found.source_id, found.kind, newest_time(transcript))
        self.done.append(found)
        self.here = ""

    def _location(self, name: str) -> str:
        """Return the location of a file; of a file that stands for its folder, the folder's."""
        return "" if name == STDIN else location_of(self.replica, folder_of(name))

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

    def _read(self, file: Chosen) -> Iterator[Read]:
        """Read the conversations of a file, each of several with its id behind the name.

        Where one cannot be read after others were recorded, the error goes to `run`, which begins
        again without the file.
        """
        count, names = 0, set[str]()
        try:
            parts = self._parts(file)
            first = [*islice(parts, 2)]
            for part in chain(first, parts):
                if part.transcript is None:
                    yield part
                    continue
                count += 1
                if count > 1 and self.options.session is not None:
                    reason = "it holds several conversations, not one for `--session`"
                    raise Refused(f"{file.path}: {reason}")
                name = file.path
                if part.place is not None or len(first) > 1:
                    name = f"{file.path}#{part.transcript.native_id}"
                    name = f"{name}#{count}" if name in names else name
                    names.add(name)
                    self.within[name] = file.path
                kept = self.keep(name, part.transcript)
                if kept is not None and name not in self.problems:
                    self._note_faults(name, kept)
                    yield part._replace(name=name, transcript=kept)
                else:
                    yield part._replace(transcript=None, is_hidden=kept is None)
            if not count and file.path not in (*self.problems, *self.foreign):
                raise NoMessages("there is no conversation in it", source=file.path)
        except NoMessages:
            self.empty[file.path] = None
        except Exception as error:
            if count:
                self.here = file.path
                raise
            self._refuse(file.path, error)

    def _parts(self, file: Chosen) -> Iterator[Read]:
        """Yield the parts of a file under its name."""
        name = file.path
        if name in self.problems:
            return
        place = folder_of(name)
        is_folder = os.path.isdir(place)  # its time does not tell whether a file in it changed
        seen = None if is_folder else look_at(name, self.context.actor.clock())
        if seen is not None:
            self.seen[name] = seen
        folder = read_folder(place) if is_folder else SessionFolder(name)
        made = folder.document
        file_input = self.open(folder.path) if made is None else Input(made, name)
        format_ = self.options.format if file.named else self._format(file_input, name)
        if format_ is None:
            return
        data = Input.of(plain_bytes(file_input, folder.path))
        for found, part in read_parts(data, folder.path, format_, strict=self.options.strict):
            transcript = None if found is None else found._replace(beside=folder.beside)
            yield Read(name, transcript, part, data)

    def _note_faults(self, name: str, transcript: Transcript) -> None:
        """Note what is to be reported of a conversation's rows; the rows are dropped."""
        self.faults.pop(name, None)
        if transcript.faults or transcript.base is not None:
            self.faults[name] = transcript._replace(rows=())

    def open(self, path: str) -> Input:
        """Open a file to be read; errors as `open_input`."""
        return open_input(path)

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
        done = (item for item in self.done if item.kind != "older")
        sources = {item.source: item.source_id for item in done} | self.container_ids
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
        told = {self.within.get(item.source) for item in new}
        for said, sources in (
            ("nothing to import", [*self.empty]),
            ("nothing new", [*self.same, *same]),
            ("older than what was imported", older),
        ):
            places = dict.fromkeys(self.within.get(one, one) for one in sources)
            if names := [one for one in places if one not in told]:
                where = plain(names[0], None) if len(names) == 1 else counted(len(names), "file")
                mutation.say(f"{where}: {said}")
        for line in import_lines(new, self.within):
            mutation.say(line)
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


def _size(file: Chosen) -> int:
    try:
        return os.stat(file.path).st_size
    except OSError:
        return _LARGE + 1  # stdin; or the reading will say why

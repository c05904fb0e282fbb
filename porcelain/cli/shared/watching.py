"""The watch: follow files, take the pokes of hooks, and import what has changed.

Two programs run it: `wj watch` until it is stopped, and the importer that a hook starts, until no
poke has come for ten seconds. There is one at a time for a repository.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterable
from contextlib import suppress

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import BUG, problem_of
from porcelain.cli.shared.live_import import LiveImport, Projects, Told
from porcelain.display import counted
from porcelain.errors import PorcelainError
from porcelain.exchange.agents.table import AGENTS, Agent
from porcelain.exchange.live.bursts import Bursts
from porcelain.exchange.live.followed import Followed, state_of
from porcelain.exchange.live.last_answer import has_answer
from porcelain.exchange.live.read_files import ReadFiles
from porcelain.exchange.live.spool import Note, Spool
from porcelain.index.source_rows import FileState
from store.errors import StoreError
from store.maintenance.housekeeping import compact
from store.session_store.folder_events import FolderEvents

_FULL_LOOK = 60.0
_POLLING = 2.0
"""Seconds between two looks at all files: beside the system's reports, and without them at least."""
_SHARE_OF_LOOKS = 0.02
"""The part of a processor core that looks without reports may take: many files make them rarer."""
_PACE = 0.1
_TICK = 0.25
"""Seconds between two steps at least, and at most while a hook's turn is awaited."""
_LEASE = 10.0
_LEASE_OF_IMPORT = 60.0
_RENEWAL = 2.0
_POKED = 10.0
"""Seconds after a poke in which its session's file is awaited."""
_SETTLED = 0.2
"""Seconds without a change after which the file of a turn that ended is whole."""
_RECENT = 600.0
"""Seconds since its last change in which a file may be the one of a poke without a note."""
_RETRY = 10.0
_MOST_RETRIES = 6
_COMPACTING = 16
"""Operations after which the packs of their objects are joined."""


class Watching:
    """One run of the loop."""

    def __init__(
        self,
        context: Context,
        followed: Followed,
        projects: Projects,
        spool: Spool,
        *,
        until_idle: bool,
    ) -> None:
        """Look at nothing yet."""
        self.context = context
        self.followed = followed
        self.projects = projects
        self.spool = spool
        self.until_idle = until_idle
        self.bursts = Bursts()
        self.told = Told()
        self.read = ReadFiles()
        self.events: FolderEvents | None = None
        self.left_out: dict[str, FileState | None] = {}
        """Files with conversations of other projects, and the state until which nothing is new."""
        self._awaited: dict[str, tuple[Note, float, FileState | None]] = {}
        self._poked: dict[str, float] = {}
        self._looked_for: dict[str, float] = {}
        self._failed: list[str] = []
        self._retries = self._recorded = 0
        self._retry_at = self._next_look = self._next_full_look = self._renew_at = 0.0
        self._active_until = time.monotonic() + _POKED

    def run(self) -> None:
        """Work until a signal, or until it is idle; returns after both."""
        gc.enable()  # `main` switches it off for short runs
        try:
            if not self.until_idle:
                self._start()
            while self._step():
                pass
        except KeyboardInterrupt:
            self.context.output.status("Stopped")
        finally:
            self.spool.end_lease()
            self._compact(1)
            if self.events is not None:
                self.events.close()

    def _start(self) -> None:
        self.events = FolderEvents.opened()
        self._follow()
        start = time.process_time()
        paths = list(self.followed.files())
        how = "" if self.events is not None else ", looking every few seconds"
        self.context.output.status(f"Watching {counted(len(paths), 'file')}{how}; Ctrl-C ends it")
        now = time.monotonic()
        for path in paths:
            self.bursts.see(path, state_of(path), now)
            self.bursts.hurry(path, now)
        self._plan_look(now, time.process_time() - start, is_full=True)

    def _step(self) -> bool:
        """Do what is to be done now, then wait; return False at the end."""
        now = time.monotonic()
        self._renew_lease(now)
        self._take_pokes(now)
        if not self.until_idle and now >= self._next_look:
            self._look_at_all(now)
        self._look_for_poked(now)
        self._look_for_answers(now)
        if self._failed and now >= self._retry_at:
            for path in self._failed:
                self.bursts.hurry(path, now)
            self._failed = []
        due = [path for path in self.bursts.take_due(now) if not self._is_left_out(path)]
        if due:
            self._import(due)
            return True
        if self.until_idle and (self._is_over(now) or os.path.exists(self.spool.path("stop"))):
            return False
        self._wait(now)
        return True

    # What changes.

    def _follow(self) -> None:
        """Follow all folders; where the system refuses, look at the files more often."""
        if self.events is None:
            return
        if not self.events.follow([*self.followed.folders(), self.spool.folder]):
            self.context.output.warning(
                "The system has no more watches for folders (fs.inotify.max_user_watches); "
                "files are looked at every few seconds instead"
            )
            self.events.close()
            self.events = None

    def _look_at_all(self, now: float) -> None:
        """Look at all files; every minute compare them with what is recorded, and not lost since."""
        start = time.process_time()
        is_full = now >= self._next_full_look
        if is_full:
            self._follow()
        for path in self.followed.files():
            self.bursts.see(path, state_of(path), now)
            if is_full:
                self.bursts.hurry(path, now)
        self._plan_look(now, time.process_time() - start, is_full=is_full)

    def _plan_look(self, now: float, cost: float, *, is_full: bool) -> None:
        """Plan the next look at all files, by the seconds of processor time that this one took."""
        if is_full:
            self._next_full_look = now + _FULL_LOOK
        pause = max(_POLLING, cost / _SHARE_OF_LOOKS)
        self._next_look = self._next_full_look if self.events is not None else now + pause

    def _wait(self, now: float) -> None:
        """Wait for a change, a poke or the next time that something is due."""
        times = [_RENEWAL]
        if self._awaited or self._poked:
            times.append(_TICK)
        elif self.until_idle or self.events is None:
            times.append(2 * _TICK)
        if not self.until_idle:
            times.append(self._next_look - now)
        due = self.bursts.next_due(now)
        times += [due] if due is not None else []
        seconds = max(_PACE, min(times))
        if self.events is None:
            time.sleep(seconds)
            return
        time.sleep(_PACE)  # so that many small writes are seen as one
        changes = self.events.wait(seconds - _PACE)
        now = time.monotonic()
        for changed in changes.paths:
            path = self.followed.file_at(changed)
            if path is not None:
                self.bursts.see(path, state_of(path), now)
        if not changes.is_complete:
            self._next_look = self._next_full_look = now

    # Pokes.

    def _take_pokes(self, now: float) -> None:
        for name in self.spool.take_marks():
            self._active_until = now + _POKED
            if name in AGENTS:
                self._poked[name] = now + _POKED
                self._looked_for.pop(name, None)
            else:
                self.spool.drop("an unknown agent")
        for note in self.spool.take_notes():
            self._active_until = now + _POKED
            self._take_note(note, now)

    def _take_note(self, note: Note, now: float) -> None:
        agent = AGENTS.get(note.agent)
        if agent is None:
            self.spool.drop("an unknown agent")
        elif note.path:
            path = self.followed.poked_file(agent, note.path)
            if path is None:
                self.spool.drop("a path outside the agent's folders")
            elif self._is_followed(path):
                self._awaited[path] = (note, now + _POKED, None)

    def _is_followed(self, path: str) -> bool:
        """Tell whether a watch of named paths follows a poked file; a hook's importer does."""
        return self.until_idle or self.followed.file_at(path) is not None

    def _look_for_poked(self, now: float) -> None:
        """See the files that agents who ended a turn have written lately.

        A turn may be whole before its file is, so the files are looked at for a while.
        """
        self._poked = {name: until for name, until in self._poked.items() if until > now}
        for name in self._poked:
            if now - self._looked_for.get(name, -_LEASE) >= 2 * _TICK:
                self._looked_for[name] = now
                self._see_recent(AGENTS[name], now)

    def _see_recent(self, agent: Agent, now: float) -> None:
        clock = self.context.settings.clock() / 1000
        for found in self.followed.sessions_of(agent):
            state = state_of(found.path)
            age = clock - state.mtime / 1e9 if state is not None else _RECENT
            if age < _RECENT and self._is_followed(found.path):
                is_new = self.bursts.see(found.path, state, now)
                if is_new and age >= _SETTLED and found.path not in self._awaited:
                    self.bursts.hurry(found.path, now)

    def _look_for_answers(self, now: float) -> None:
        """End the bursts of turns whose last answer is in the file, or was awaited for too long."""
        for path, (note, until, before) in list(self._awaited.items()):
            state = state_of(path)
            self.bursts.see(path, state, now)
            if now >= until:
                del self._awaited[path]
            elif state is None or (state == before and note.digest):
                continue
            elif not note.digest or has_answer(path, self.spool.hash_of, note.digest, note.length):
                del self._awaited[path]
            else:
                self._awaited[path] = (note, until, state)
                continue
            if state is not None:
                self.bursts.hurry(path, now)

    def _renew_lease(self, now: float, seconds: float = _LEASE) -> None:
        if now >= self._renew_at or seconds > _LEASE:
            with suppress(OSError):  # a full disk: hooks start importers, which end at the lock
                self.spool.lease(self.context.settings.clock() / 1000 + seconds)
            self._renew_at = now + _RENEWAL if seconds <= _LEASE else 0.0

    def _is_over(self, now: float) -> bool:
        if now < self._active_until or self._awaited or self._failed:
            return False
        if not self.bursts.is_idle or self.bursts.owes(now):
            return False
        self.spool.end_lease()
        if not self.spool.has_pokes():
            return True
        self._renew_at = 0.0  # a poke came meanwhile, and saw the lease
        return False

    # Imports.

    def _import(self, paths: list[str]) -> None:
        """Import files as one operation; keep those that failed for another try."""
        self._renew_lease(time.monotonic(), _LEASE_OF_IMPORT)
        start = time.process_time()
        states = {path: state_of(path) for path in paths}
        try:
            work = LiveImport(self.context, paths, self.projects, self.read)
            work.leave_out_unchanged()
            sizes = {file.path: 1 + _size(file.path) for file in work.files}
            work.run()
        except Exception as error:  # noqa: BLE001 - what is no bug is reported, and tried again
            self.read.close(paths)
            self._fail(error, paths)
            return
        else:
            self.read.close(work.problems)
            self._recorded += bool(work.news)
            self._compact(_COMPACTING)
        finally:
            self.context.close_repository()
        self._retries = 0
        for path, is_for_good in work.left_out.items():
            if is_for_good or states.get(path) is not None:
                self.left_out[path] = None if is_for_good else states[path]
        work.tell(self.told)
        self.bursts.spend(sizes, time.process_time() - start, time.monotonic())
        problem = work.problem
        self.spool.fail(problem.message if problem is not None else "")

    def _is_left_out(self, path: str) -> bool:
        """Tell whether a file has nothing for us: it is another project's, for good or still."""
        return path in self.left_out and self.left_out[path] in (None, state_of(path))

    def _compact(self, least: int) -> None:
        """Join the packs of this run's operations, if there were so many since the last time."""
        if self._recorded >= least:
            self._recorded = 0
            with suppress(PorcelainError, StoreError, OSError):  # only room is at stake
                compact(self.context.repo.repository)

    def _fail(self, error: Exception, paths: Iterable[str]) -> None:
        """Report a failure of the repository or the disk once, and try again later."""
        problem = problem_of(error)
        if problem is None or problem.status == BUG:
            raise error
        if self.told.is_new(problem.message):
            self.context.output.problem(problem)
        self.spool.fail(problem.message)
        self._retries += 1
        if not self.until_idle or self._retries <= _MOST_RETRIES:
            self._failed = list(dict.fromkeys([*self._failed, *paths]))
        self._retry_at = time.monotonic() + _RETRY


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0

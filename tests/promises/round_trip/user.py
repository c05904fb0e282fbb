"""Steps of the user of `wj` with sessions between imports."""

from __future__ import annotations

from dataclasses import replace

from store.index.database_file import remove_index_file
from tests.harness.bare import git
from tests.promises.round_trip.agent_files import Writer, last_session, pieces, words
from tests.promises.round_trip.laws import File, Laws, Seen


class User(Laws):
    """A user who forks, exports, rewrites and redacts."""

    def lose_the_index(self) -> None:
        """Delete the index."""
        self.index_was_lost = True
        self.copied |= self.moved_away
        remove_index_file(str(self.box.repo))

    def fork(self, session: str, name: str) -> None:
        """Fork; the new session and its files are a family of their own."""
        if self.run("fork", session, name).code == 0:
            self.state.families[name] = f"fork {name}"
            self.related[f"fork {name}"] = self.state.families[session]
            self.remember()

    def hand_out(
        self, session: str, agent: Writer, name: str, *, own_name: bool, grow: bool
    ) -> None:
        """Export a session, and let the agent go on in the exported file."""
        done = self.box.run("export", session)
        if done.code or not words(done.raw):
            return
        family = self.state.families[session]
        native = last_session(done.raw)
        if session in self.state.touched and native in self.had_file:
            family = native  # all that the session had of its own was abandoned
        if self.has_file(family):
            self.copied.add(family)
        if family.startswith("fork "):
            others = {last_session(f.data) for f in self.files.values() if f.family != family}
            assert native not in others, "a fork has an identity of its own"
        path = self.box.folder / "handed" / name / f"{native if own_name else name}.jsonl"
        self.had_file.add(family)
        self.write(File(path, b"", family), agent.grow(done.raw) if grow else done.raw)

    def append(self, session: str, text: str) -> None:
        """Append a message; an exported file of the session is no longer its newest state."""
        self.touch(session)
        if self.has_file(self.state.families[session]):
            self.copied.add(self.state.families[session])
        self.run("edit", session)
        self.run("append", "-m", text)

    def rewind(self, session: str, turns: int) -> None:
        """Move a session back."""
        self.touch(session)
        self.run("rewind", str(turns), "--session", session)

    def add_name(self, file: File, name: str) -> None:
        """Import an unchanged file under another name: its session keeps its own."""
        seen = self.state.seen.get(file.name)
        if seen is None or seen.data != file.data or seen.session not in self.sessions():
            return
        assert self.run("import", file.name, "--session", name).code == 0
        if name in self.sessions():
            self.touch(name, seen.session)
            self.state.families[name] = file.family
            self.state.names = self.state.names | {name}
            self.remember()

    def rename(self, session: str, name: str) -> None:
        """Rename a session; all that is expected of it goes along."""
        if self.run("session", "rename", session, name).code:
            return
        state = self.state
        state.families[name] = state.families.pop(session)
        if session in state.touched:
            self.touch(name)
        if session in state.names:
            state.names = state.names | {name}
        if session in state.abandoned:
            state.abandoned[name] = state.abandoned.pop(session)
        for path, seen in state.seen.items():
            if seen.session == session:
                state.seen[path] = Seen(seen.key, seen.data, name)
        self.remember()

    def abandon(self, session: str) -> None:
        """Abandon the newest change of a session."""
        self.touch(*self.sessions())
        before = self.box.run("export", session)
        if self.run("abandon", session).code:
            return
        after = self.box.run("export", session)
        if before.code == 0 and after.code == 0:
            gone = frozenset(words(before.raw)) - frozenset(words(after.raw))
            kept = self.state.abandoned.get(session, frozenset())
            self.state.abandoned[session] = kept | gone
            self.remember()

    def redact(self, word: str, *, purge: bool) -> None:
        """Redact a word wherever it was recorded."""
        is_known = word in self.recorded_words()
        done = self.box.run("redact", word, *(["--purge", "--yes"] if purge else []))
        assert done.code in (0, 1), done.both
        if not is_known:
            self.remember()
            return
        assert done.code == 0, done.both
        self.touch(*self.sessions())
        self.state = replace(self.state, redacted=self.state.redacted | {word})
        if purge:
            self.states.clear()
            self.is_purged = True
            outs = [self.export("--source", key) for key in self.sources()]
            self.rows = {row for out in outs for row in pieces(out)}
            everything = git(self.box.repo, "cat-file", "--batch", "--batch-all-objects")
            assert word not in everything.decode("utf-8", "replace")
        self.remember()
        self.nothing_redacted_is_back()

    def recorded_words(self) -> set[str]:
        """Return the words of all versions of all sources."""
        known = self.state.versions.values()
        return {word for versions in known for data in versions for word in words(data)}

    def touch(self, *sessions: str) -> None:
        """Remember that a session is not only its files any more."""
        self.state.touched = self.state.touched | {*sessions}

    def has_file(self, family: str) -> bool:
        """Tell whether a family ever had a file."""
        return family in self.had_file

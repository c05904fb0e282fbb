"""World: one repository in a test, with a fixed clock and randomness, used from several workspaces.

`check` compares all data that is stored twice (index, refs, marks) with a naive reading of the git
objects.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from porcelain.actions.importing.import_transcript import Imported, Importer, move_workspace
from porcelain.actions.importing.turn_tree import Grouping
from porcelain.actions.recording import record as recording
from porcelain.actions.recording import save as saving
from porcelain.actions.recording.new import Made
from porcelain.actions.recording.record import Recorded
from porcelain.actions.recording.save import Saved
from porcelain.index.view_rows import part_rows
from porcelain.model.actor import Actor
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import head_operation, read_operation
from porcelain.model.view import diff_views, read_roots
from porcelain.repo.repo import Repo
from porcelain.transcript.formats import read_transcript
from store.errors import InvalidRefName
from store.ids import CommitId
from store.objects.commit import read_commit
from store.repository.ref_name import check_ref_name
from store.repository.repository import Repository
from store.session.session import Session
from store.session_store.store import SessionStore
from tests.harness.bare import git

START = 1_772_000_000_000
HOST = "here"


class Clock:
    """A clock in milliseconds that advances one second at each call."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        self.now += 1000
        return self.now


class Chance:
    """Pseudorandom bytes, the same in every run."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.count = 0

    def __call__(self, size: int) -> bytes:
        self.count += 1
        return sha256(f"{self.seed} {self.count}".encode()).digest()[:size]


class World:
    """A repository and its users."""

    def __init__(self, path: Path, *, seed: str = "w", make: bool = True, host: str = HOST) -> None:
        self.path = path
        self.clock = Clock()
        self.chance = Chance(seed)
        self.host = host
        if make:
            Repository.init(str(path), host=host, random=self.chance)
        self._opened: dict[str, Repo] = {}

    @property
    def actor(self) -> Actor:
        """Return the user Ada on this machine."""
        clock = self.clock
        return Actor("Ada", "ada@example.org", "ada", self.host, clock, clock, self.chance)

    def open(self, workspace: str = "default") -> Repo:
        """Open it as a new command does."""
        return Repo.open(str(self.path), self.actor, workspace)

    def repo(self, workspace: str = "default") -> Repo:
        """Return a repo that stays open, brought up to date."""
        if workspace not in self._opened:
            self._opened[workspace] = self.open(workspace)
        else:
            self._opened[workspace].reload()
        return self._opened[workspace]

    def store(self) -> SessionStore:
        """Open it as a framework does."""
        return SessionStore.open(str(self.path), clock=lambda: self.clock() / 1000)

    def git(self, *arguments: str, check: bool = True) -> str:
        """Run plain git."""
        who = ("-c", "user.name=Bob", "-c", "user.email=bob@example.org")
        return git(self.path, *who, *arguments, check=check).decode("utf-8", "surrogateescape")

    def refs(self, prefix: str = "refs/sessions") -> dict[str, str]:
        """Return refs below a prefix as plain git sees them, names without it."""
        return {name: target for name, (target, _) in self._refs(prefix).items()}

    def peeled(self, prefix: str) -> dict[str, str]:
        """Return the commits that refs below a prefix reach."""
        return {name: peeled or target for name, (target, peeled) in self._refs(prefix).items()}

    def _refs(self, prefix: str) -> dict[str, tuple[str, str]]:
        shown = "--format=%(refname)%09%(objectname)%09%(*objectname)"
        rows = (line.split("\t") for line in self.git("for-each-ref", shown, prefix).splitlines())
        return {name[len(prefix) + 1 :]: (target, peeled) for name, target, peeled in rows}

    def save(
        self,
        session: Session,
        *,
        name: str | None = None,
        parent: CommitId | None = None,
        rewind: bool = False,
        native: bool = True,
        workspace: str = "default",
    ) -> Saved:
        """Save a document."""
        key = (str(session.format), session.id) if native else None
        with self.repo(workspace).transaction() as tx:
            return saving.save(tx, session, name=name, parent=parent, rewind=rewind, native=key)

    def fork(self, rev: str = "@", name: str | None = None, workspace: str = "default") -> Recorded:
        """Fork."""
        repo = self.repo(workspace)
        with repo.transaction() as tx:
            return recording.fork(tx, repo.resolve(rev), name)

    def new(self, rev: str = "@", message: str = "", workspace: str = "default") -> Made:
        """Make an empty change."""
        repo = self.repo(workspace)
        with repo.transaction() as tx:
            return tx.new(repo.resolve(rev), message)

    def edit(self, rev: str, session: str | None = None, workspace: str = "default") -> Recorded:
        """Move `@`; `session` if the revision was given as that name."""
        repo = self.repo(workspace)
        with repo.transaction() as tx:
            return recording.edit(tx, repo.resolve(rev), session)

    def append(
        self, *texts: str, session: str | None = None, workspace: str = "default"
    ) -> Recorded:
        """Append user messages."""
        with self.repo(workspace).transaction() as tx:
            rows = recording.write_rows(tx, "user", texts)
            return recording.append(tx, rows, session=session)

    def load(
        self,
        data: bytes,
        source: str = "chat.jsonl",
        *,
        by: Grouping | None = None,
        again: bool = False,
        session: str | None = None,
        workspace: str = "default",
    ) -> Imported:
        """Import a file's content; `source` is its location too."""
        transcript = read_transcript(data, source)
        with self.repo(workspace).transaction() as tx:
            found = Importer(tx).add(
                transcript, source, location=source, by=by, again=again, session=session
            )
            move_workspace(tx, [found])
            tx.kind, tx.description = "import", f"import {source}"
        return found

    def tip(self, name: str) -> CommitId:
        """Return the position of a session in the view."""
        found = dict(self.repo().names("sessions"))[name]
        return CommitId(found)

    def subjects(self) -> list[str]:
        """Return the descriptions of the log, newest first."""
        return [operation.data.description for operation in self.repo().operations()]

    def kinds(self) -> list[str]:
        """Return the kinds of the log's operations, newest first."""
        return [operation.data.kind for operation in self.repo().operations()]

    def texts(self, rev: str) -> list[str]:
        """Return the message texts of a conversation."""
        return texts_of(self.repo(), self.repo().resolve(rev))


def texts_of(repo: Repo, commit_id: CommitId) -> list[str]:
    """Return the message texts of the conversation in a commit."""
    from store.tree_layout.layout import read_session

    tree = read_commit(repo.repository, commit_id).tree
    found = []
    for message in read_session(repo.repository, tree).messages:
        row = json.loads(message.raw)
        row = row.get("message", row)
        content = row.get("content", "")
        found.append(content if isinstance(content, str) else content[0].get("text", "…"))
    return found


def chat(name: str, *texts: str, **header: object) -> Session:
    """Make a pawan document with alternating messages of user and assistant."""
    messages = [
        {"role": ("user", "assistant")[number % 2], "content": text}
        for number, text in enumerate(texts)
    ]
    session = Session.new(
        name, model="m", created_at="2026-01-01T00:00:00+00:00", messages=messages
    )
    return session.with_header(header) if header else session


def view_of(repo: Repo, operation: Operation | None = None) -> dict[tuple[str, str], str]:
    """Read a whole view from git objects; by default the head's."""
    if operation is None:
        operation = read_operation(repo.repository, head_operation(repo.repository))
    roots = read_roots(repo.repository, operation.view)
    rows = diff_views(repo.repository, {}, roots)
    return {(part, key): value for part, key, _, value in rows if value is not None}


def log_of(repo: Repo) -> list[Operation]:
    """Read the whole log from git objects, newest first."""
    found = []
    here = head_operation(repo.repository)
    while here != ROOT_OPERATION:
        found.append(read_operation(repo.repository, here))
        parents = found[-1].data.parents
        here = parents[0] if parents else ROOT_OPERATION
    return found


def exported(view: dict[tuple[str, str], str]) -> dict[str, str]:
    """Return the refs that a view should have, by a naive reading."""
    refs: dict[str, str] = {}
    for (part, key), value in sorted(view.items(), key=lambda item: item[0][1].encode()):
        if part in ("heads", "workspaces", "imports"):
            continue
        target = value.partition(" ")[2] if part.startswith("remotes/") else value
        first = next((term for term in target.split(" ")[::2] if term != "-"), None)
        name = f"refs/{part}/{key}"
        above = name.split("/")
        taken = any("/".join(above[:count]) in refs for count in range(1, len(above)))
        if first is not None and not taken and _is_allowed(name):
            refs[name] = first
    return refs


def ancestors(repo: Repo, starts: Iterable[str]) -> set[str]:
    """Return commits and all their ancestors, read from git objects."""
    seen: set[str] = set()
    pending = list(starts)
    while pending:
        here = pending.pop()
        if here not in seen:
            seen.add(here)
            pending += read_commit(repo.repository, CommitId(here)).parents
    return seen


def check(world: World, *, fsck: bool = True) -> None:
    """Fail unless index, marks, refs and heads agree with the head view."""
    repo = world.open()
    view = view_of(repo)
    heads = [key for part, key in view if part == "heads"]
    for head in heads:
        above = ancestors(repo, read_commit(repo.repository, CommitId(head)).parents)
        assert not above.intersection(heads), "a head is an ancestor of another"
    parts = {part for part, _ in view} | {row[0] for row in repo.index.query(_PARTS)}
    rows = {(part, key): value for part in parts for key, value in part_rows(repo.index, part)}
    assert rows == view
    visible = {row[0].hex() for row in repo.index.query(_VISIBLE)}
    assert visible == ancestors(repo, heads)
    for (part, key), value in view.items():
        if part == "workspaces":
            commit = json.loads(value)["commit"]
            assert commit is None or commit in visible, f"@ of {key} is hidden"
    ours = {
        name: target
        for prefix in ("refs/sessions", "refs/tags", "refs/remotes")
        for name, target in ((f"{prefix}/{n}", t) for n, t in world.peeled(prefix).items())
    }
    assert ours == exported(view)
    assert world.refs("refs/wj").get("exported") == world.refs("refs/wj").get("op")
    if fsck:
        git(world.path, "fsck", "--strict", "--no-dangling", "--no-progress")


def outcome(work: Callable[[], object]) -> str:
    """Run a function and return the text of its error, "" if there was none."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whichever: the caller looks at it
        return f"{type(error).__name__}: {error}"
    return ""


def described(operations: Sequence[Operation]) -> list[str]:
    """Return descriptions."""
    return [operation.data.description for operation in operations]


def _is_allowed(name: str) -> bool:
    try:
        check_ref_name(name)
    except InvalidRefName:
        return False
    return True


_PARTS = "SELECT DISTINCT part FROM view_rows"
_VISIBLE = "SELECT id FROM commits WHERE visible = 1"

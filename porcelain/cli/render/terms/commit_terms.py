"""A commit, and the sessions, tags and workspaces that point to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from porcelain.cli.render.commit import Commits, place_name
from porcelain.cli.render.terms.ref_terms import RefTerms
from porcelain.cli.render.terms.subject import Subject
from porcelain.cli.run.context import Context
from porcelain.display import ago, counted
from porcelain.index.id_sources import ROOT_CHANGE, ROOT_COMMIT
from porcelain.language.template.value import (
    Id,
    Piece,
    Printed,
    RenderFault,
    Signature,
    Timestamp,
    Trailer,
)
from porcelain.model.view_value import SESSIONS, TAGS
from store.errors import StoreError

if TYPE_CHECKING:
    from store.ids import CommitId
    from store.index.commit_row import CommitRow
    from store.objects.commit import Commit
    from store.objects.commit import Signature as Signed

_TRAILER = r"([A-Za-z0-9-]+)\s*:\s?(.*)\Z"


class CommitTerms(Subject):
    """A commit as templates see it; `commits` keeps facts that all commits share."""

    __slots__ = ("_known", "_object", "commits", "position")

    def __init__(self, context: Context, commits: Commits, position: int) -> None:
        """Look nothing up yet."""
        self.context = context
        self.commits = commits
        self.position = position
        self._known: dict[str, object] = {}
        self._object: Commit | None = None

    def get(self, name: str) -> object:
        """Return the value of a keyword, which is computed once."""
        try:
            return self._known[name]
        except KeyError:
            value = self._known[name] = _COMMIT[name](self)
            return value

    @property
    def row(self) -> CommitRow:
        """The commit's row in the index; the root has none."""
        return self.commits.look(self.position)[0]

    def data(self) -> dict[str, object]:
        """Return the commit as `--json` has it."""
        return self.commits.data(self.position)

    def call(self, name: str, *arguments: object) -> object:
        """Return the value of a function that needs more than its arguments."""
        if name == "contained_in":
            from porcelain.errors import PorcelainError

            try:
                found = self.commits.selection(str(arguments[0]), self.context.select)
                return found.contains(self.position)
            except PorcelainError as error:
                raise RenderFault(str(error)) from None
        return super().call(name, *arguments)

    def read(self) -> Commit:
        """Return the commit's object.

        Raises:
            RenderFault: it cannot be read.
        """
        if self._object is None:
            from store.objects.commit import read_commit

            try:
                self._object = read_commit(self.commits.repo.repository, self.row.id)
            except StoreError as error:
                raise RenderFault(str(error)) from None
        return self._object

    def other(self, commit_id: str) -> Subject:
        """Return another commit by its id."""
        return terms_at(self.context, self.commits, commit_id)

    def stamp(self, seconds: int) -> Timestamp:
        """Return a time that knows the present one."""
        return Timestamp(seconds * 1000, self.commits.repo.preferences.now)

    def signature(self, which: Callable[[Commit], Signed]) -> Signature:
        """Return the author or the committer; the root has neither name nor time."""
        if not self.position:
            return Signature("", "", self.stamp(0))
        who = which(self.read())
        return Signature(who.name, who.email, self.stamp(who.time))


class MissingCommit(Subject):
    """A commit that the index does not know: it has nothing but its id."""

    __slots__ = ("commit_id",)

    def __init__(self, context: Context, commit_id: str) -> None:
        """Take the whole id."""
        super().__init__(context)
        self.commit_id = commit_id

    def get(self, name: str) -> object:
        """Return the id, or that the commit is missing.

        Raises:
            RenderFault: it is anything else that only a known commit has.
        """
        if name == "missing":
            return True
        if name == "commit_id":
            return Id(self.commit_id, lambda: len(self.commit_id))
        raise RenderFault(f"commit {self.commit_id} cannot be read")

    def data(self) -> dict[str, object]:
        """Return the id as data."""
        return {"commit_id": self.commit_id}


def terms_at(context: Context, commits: Commits, commit_id: str) -> CommitTerms | MissingCommit:
    """Return a commit by its id."""
    position = 0 if commit_id == ROOT_COMMIT else commits.find(_as_id(commit_id))
    if position is None:
        return MissingCommit(context, commit_id)
    return CommitTerms(context, commits, position)


def _as_id(text: str) -> CommitId:
    return text  # type: ignore[return-value]


class WorkspaceTerms(Subject):
    """A workspace at a commit."""

    __slots__ = ("commit", "name")

    def __init__(self, commit: CommitTerms, name: str) -> None:
        """Take the name, followed by the host if it belongs to another copy."""
        super().__init__(commit.context)
        self.commit = commit
        self.name = name

    def get(self, name: str) -> object:
        """Return the name or the commit."""
        return self.commit if name == "target" else self.name

    def pieces(self, labels: str) -> list[Piece]:
        """Return the name with `@` behind it."""
        return [(labels, place_name(self.name))]

    def data(self) -> str:
        """Return the name."""
        return self.name


class DiffTerms:
    """The difference that a commit makes."""

    __slots__ = ("_commit",)

    def __init__(self, commit: CommitTerms) -> None:
        self._commit = commit

    def call(self, name: str) -> object:
        """Return the difference in one of its forms, or how many messages differ so."""
        from porcelain.cli.render.difference.commit_diff import commit_form, count_messages

        repo, position = self._commit.commits.repo, self._commit.position
        if name in ("added", "removed", "changed"):
            return count_messages(repo, position, name)
        return Printed(commit_form(repo, position, name))


_Get = Callable[[CommitTerms], Any]


def _of_row(get: Callable[[CommitTerms, CommitRow], Any], root: Any) -> _Get:
    """Return what gets a fact from a commit's row; the root commit has none."""
    return lambda commit: get(commit, commit.row) if commit.position else root


def _added(commit: CommitTerms, _row: CommitRow) -> list[Subject]:
    from porcelain.cli.render.messages.rows import added_rows
    from porcelain.cli.render.terms.message_terms import MessageTerms

    try:
        found = added_rows(commit.commits.repo, commit.position).rows
    except StoreError as error:
        raise RenderFault(str(error)) from None
    return [
        MessageTerms(commit, one.number, one.row)
        for one in found
        if isinstance(one.row, str) or one.row.role is not None
    ]


def _of_conversation(name: str) -> _Get:
    return _of_row(lambda commit, row: getattr(commit.commits.conversation(row).facts, name), "")


def _line(text: str) -> str:
    return text.replace("\t", " ")


def _change_id(commit: CommitTerms) -> Id:
    text = commit.commits.look(commit.position)[1] if commit.position else ROOT_CHANGE
    return Id(text, lambda: commit.commits.graph.change_ids.shortest(text))


def _commit_id(commit: CommitTerms) -> Id:
    text = commit.row.id if commit.position else ROOT_COMMIT
    return Id(text, lambda: commit.commits.graph.commit_ids.shortest(text))


def _message(commit: CommitTerms, _row: CommitRow) -> str:
    text = commit.read().message
    return f"{text.rstrip()}\n" if text.strip() else ""


def _description(commit: CommitTerms, row: CommitRow) -> str:
    return "" if row.generated else _message(commit, row)


def _trailers(commit: CommitTerms, row: CommitRow) -> list[Trailer]:
    paragraphs = _description(commit, row).strip().split("\n\n")
    lines = paragraphs[-1].splitlines() if len(paragraphs) > 1 else []
    found = [re.match(_TRAILER, line) for line in lines]
    trailers = [Trailer(one[1], one[2]) for one in found if one is not None]
    return trailers if len(trailers) == len(lines) else []


def _parents(commit: CommitTerms) -> list[CommitTerms]:
    above = commit.commits.graph.parents(commit.position)
    return [CommitTerms(commit.context, commit.commits, one) for one in above]


def _refs(part: str) -> _Get:
    def refs(commit: CommitTerms, row: CommitRow) -> list[RefTerms]:
        """Return the names at a commit, and those of remotes that are not there by that name here."""
        local, remote = _local(commit, row, part), _at_remotes(commit, row, part)
        here = {one.name for one in local if not one.is_conflicted} if remote else set()
        return [*local, *(one for one in remote if one.name not in here)]

    return _of_row(refs, [])


def _local_refs(part: str) -> _Get:
    return _of_row(lambda commit, row: _local(commit, row, part), [])


def _remote_refs(part: str) -> _Get:
    return _of_row(lambda commit, row: _at_remotes(commit, row, part), [])


def _local(commit: CommitTerms, row: CommitRow, part: str) -> list[RefTerms]:
    """Return the names at a commit in byte order, conflicted ones last."""
    commits = commit.commits
    return [
        RefTerms(commit.context, commits, part, one, at=commit.other)
        for one in commits.names(row, part)
    ]


def _at_remotes(commit: CommitTerms, row: CommitRow, part: str) -> list[RefTerms]:
    commits = commit.commits
    return [
        RefTerms(commit.context, commits, part, name, remote, row.id, at=commit.other)
        for name, remote in commits.remote_names(row, part)
    ]


def _places(commit: CommitTerms, row: CommitRow) -> list[WorkspaceTerms]:
    return [WorkspaceTerms(commit, name) for name in commit.commits.places(row)]


def _start(commit: CommitTerms, row: CommitRow) -> str:
    child = commit.commits.conversation(row)
    if not child.facts.started_by:
        return ""
    from porcelain.graph.sub_agents import start_of

    start = start_of(commit.commits.repo.index, child)
    if start is None:
        return f"by {child.facts.started_by}, which is not here"
    if start.number is None:
        return f"by {start.session}"
    return f"by message {start.number} of {start.session}, {start.commit[:8]}: {start.text}"


def _attachments(commit: CommitTerms, row: CommitRow) -> list[str]:
    from store.tree_layout.attachments import sizes_of_attached

    sizes = sizes_of_attached(commit.commits.repo.repository, row.tree)
    said = {
        name: "missing" if size is None else counted(size, "byte") for name, size in sizes.items()
    }
    return [f"{name} ({said[name]})" for name in said]


def _is_mine(commit: CommitTerms, _row: CommitRow) -> bool:
    author = commit.signature(lambda one: one.author)
    return author.email == commit.commits.repo.preferences.email()


def _age(commit: CommitTerms, row: CommitRow) -> str:
    return ago(commit.commits.repo.preferences.now() - row.time * 1000)


def _offset(commit: CommitTerms) -> int:
    return commit.commits.graph.offset(commit.position) if commit.position else 0


def _is_divergent(commit: CommitTerms, row: CommitRow) -> bool:
    return bool(row.visible) and commit.commits.look(commit.position)[2] > 1


_COMMIT: dict[str, _Get] = {
    "change_id": _change_id,
    "commit_id": _commit_id,
    "description": _of_row(_description, ""),
    "message": _of_row(_message, ""),
    "generated": _of_row(lambda _, row: bool(row.generated), False),
    "title": _of_row(lambda commit, row: _line(commit.commits.title(row)), ""),
    "model": _of_row(lambda _, row: row.model or "", ""),
    "agent": _of_row(lambda _, row: row.format or "", ""),
    "project": _of_conversation("project"),
    "project_name": _of_row(lambda commit, row: commit.commits.project_name(row), ""),
    "session_title": _of_row(
        lambda commit, row: _line(commit.commits.conversation(row).facts.title), ""
    ),
    "session_id": _of_row(lambda _, row: row.session or "", ""),
    "native_id": _of_row(lambda commit, row: commit.commits.conversation(row).native_id, ""),
    "git_branch": _of_conversation("branch"),
    "agent_version": _of_conversation("version"),
    "start": _of_row(_start, ""),
    "attachments": _of_row(_attachments, []),
    "messages": _of_row(lambda _, row: row.messages, None),
    "rows": _of_row(lambda _, row: row.rows or 0, 0),
    "timestamp": lambda commit: commit.stamp(commit.row.time if commit.position else 0),
    "age": _of_row(_age, ""),
    "author": lambda commit: commit.signature(lambda one: one.author),
    "committer": lambda commit: commit.signature(lambda one: one.committer),
    "mine": _of_row(_is_mine, False),
    "trailers": _of_row(_trailers, []),
    "sessions": _refs(SESSIONS),
    "bookmarks": _refs(SESSIONS),
    "local_bookmarks": _local_refs(SESSIONS),
    "remote_bookmarks": _remote_refs(SESSIONS),
    "tags": _refs(TAGS),
    "local_tags": _local_refs(TAGS),
    "remote_tags": _remote_refs(TAGS),
    "working_copies": _of_row(_places, []),
    "parents": _parents,
    "change_offset": _offset,
    "current_working_copy": _of_row(lambda commit, row: row.id == commit.commits.current, False),
    "root": lambda commit: not commit.position,
    "empty": _of_row(lambda _, row: bool(row.empty), True),
    "hidden": _of_row(lambda _, row: not row.visible, False),
    "divergent": _of_row(_is_divergent, False),
    "immutable": lambda commit: commit.commits.repo.is_immutable(commit.position),
    "conflict": _of_row(lambda _, row: bool(row.conflict), False),
    "missing": lambda _: False,
    "problem": _of_row(lambda _, row: row.problem or "", ""),
    "added": _of_row(_added, []),
    "diff": DiffTerms,
}

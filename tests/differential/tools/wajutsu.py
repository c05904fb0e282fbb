"""`wj` as a tool to compare with: run in this process, its clock and chance fixed."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

import porcelain
from porcelain.cli.main import main, make_root
from porcelain.model.view_value import SESSIONS, TAGS, parse_target
from porcelain.repo.repo import Repo
from store.ids import CommitId
from store.objects.commit import read_commit
from tests.differential.tools.jj import moment, script_line
from tests.differential.tools.shown import ROOT, Answer, Commit, Shown, Target, closure

_FIXED = {
    "WJ_USER": "Ada",
    "WJ_EMAIL": "ada@example.org",
    "WJ_OP_USERNAME": "ada",
    "WJ_OP_HOSTNAME": "host",
    "WJ_DEBUG": "1",
}


class Wajutsu:
    """A repository at `folder`/wj; its first change has the title `first`."""

    def __init__(self, folder: Path, first: str) -> None:
        """Make the repository."""
        self.path = folder / "wj"
        self.count = 0
        self._known: dict[str, Commit] = {}
        self._repo: Repo | None = None
        self.place = {"WJ_REPO": str(self.path)}
        self.preparation = [f"export {script_line(_FIXED | {'WJ_REPO': 'wj'}, [])}"]
        for words in (["init", str(self.path)], ["new", "-m", first, "root()"]):
            done = self.begin(words)()
            assert done.is_done, done.text
            self.preparation.append(done.line)

    def begin(self, words: list[str]) -> Callable[[], Answer]:
        """Run a command; see `Tool`."""
        self.count += 1
        now = moment(self.count)
        variables = {
            "WJ_TIMESTAMP": now,
            "WJ_OP_TIMESTAMP": now,
            "WJ_RANDOMNESS_SEED": str(self.count),
        }
        with _variables(_FIXED | self.place | variables), _captured() as written:
            status = main(words)
            text = written.getvalue().decode()
        local = ["wj" if word == str(self.path) else word for word in ("wj", *words)]
        line = script_line(variables, local)
        answer = Answer(status, text, line)
        return lambda: answer

    def shown(self) -> Shown:
        """Read the newest state through the library."""
        repo = self._reloaded()
        heads = [repo.graph.commit_id(position) for position in repo.graph.heads()]
        bookmarks, tags = (self._targets(repo, part) for part in (SESSIONS, TAGS))
        found = closure(list(heads), self._commit)
        visible = [repo.graph.commit_id(position) for position in repo.graph.visible()]
        assert {*visible} - {ROOT} == set(found), "the index and the heads say the same"
        named = [*bookmarks.values(), *tags.values()]
        sides = {side for target in named for side in (*target.adds, *target.removes)}
        hidden = {side: self._commit(side) for side in sides - set(found) - {ROOT}}
        at = repo.workspace.commit
        return Shown(repo.head, found | hidden, frozenset(found), at, bookmarks, tags)

    def is_divergent(self, commit_id: str) -> bool:
        """Tell whether `wj` itself calls a commit divergent."""
        repo = self._reloaded()
        position = repo.index.position(CommitId(commit_id))
        assert position is not None
        return repo.graph.is_divergent(position)

    def _reloaded(self) -> Repo:
        if self._repo is None:
            self._repo = porcelain.open(str(self.path))
        else:
            self._repo.reload()
        return self._repo

    def _commit(self, commit_id: str) -> Commit:
        if commit_id not in self._known:
            repo = self._reloaded()
            position = repo.index.position(CommitId(commit_id))
            assert position is not None
            stored = read_commit(repo.repository, CommitId(commit_id))
            change = repo.graph.change_id(position)
            title = stored.message.rstrip("\n")
            self._known[commit_id] = Commit(commit_id, change, title, stored.parents or (ROOT,))
        return self._known[commit_id]

    def _targets(self, repo: Repo, part: str) -> dict[str, Target]:
        found = {}
        for name, value in repo.names(part):
            terms = parse_target(value)
            adds, removes = (sorted(t for t in terms[n::2] if t) for n in (0, 1))
            found[name] = Target(tuple(adds), tuple(removes))
        return found


def takes(words: list[str]) -> bool:
    """Tell whether `wj` has a command, and the options that are given to it."""
    root = make_root()
    context = click.Context(root)
    command, rest = root.get_command(context, words[0]), words[1:]
    if isinstance(command, click.Group):
        command, rest = command.get_command(context, rest[0]), rest[1:]
    if command is None:
        return False
    known = {text for param in command.params for text in (*param.opts, *param.secondary_opts)}
    return {word for word in rest if word[:1] == "-"} <= known


@contextlib.contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _captured() -> Iterator[io.BytesIO]:
    written = io.BytesIO()
    streams = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(written, encoding="utf-8", write_through=True)
    try:
        yield written
    finally:
        sys.stdin, sys.stdout, sys.stderr = streams

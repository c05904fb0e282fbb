"""`wj log` draws what `jj log` draws: random graphs in one repository that both read."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

import porcelain
from porcelain.cli.render.graph import GraphRenderer
from porcelain.graph.graph_rows import rows
from porcelain.graph.line_order import grouped
from porcelain.repo.repo import Repo
from tests.differential.tools.jj import _FIXED, jj_program, moment
from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox

STYLES = ("curved", "square", "ascii")
TEMPLATES = ('commit_id ++ "\\n"', 'commit_id ++ "\\nmore\\n"')
FEW, MANY, AT_ONCE = 2, 500, 50
_DASHED = "--config=ui.log-synthetic-elided-nodes=false"
_ELIDED = re.compile(r"\(elided [^)]*\)")


class Graphs:
    """A folder with jj repositories, whose git store `wj` reads in place."""

    def __init__(self, folder: Path) -> None:
        self.program = jj_program()
        self.folder = folder
        (folder / "empty.toml").touch()

    def jj(self, path: Path, *words: str, count: int = 0) -> str:
        variables = {"JJ_TIMESTAMP": moment(count), "JJ_OP_TIMESTAMP": moment(count)}
        variables |= {
            "JJ_RANDOMNESS_SEED": str(count),
            "JJ_CONFIG": str(self.folder / "empty.toml"),
        }
        return subprocess.run(
            [self.program, "--ignore-working-copy", *words],
            cwd=path,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)} | _FIXED | variables,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def make(self, path: Path, chance: random.Random) -> list[str]:
        """Make a random graph, a commit a command, with sessions on all; return the commits."""
        path.mkdir()
        subprocess.run(
            [self.program, "git", "init", "--no-colocate", "."],
            cwd=path,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)}
            | _FIXED
            | {"JJ_CONFIG": str(self.folder / "empty.toml")},
            check=True,
            capture_output=True,
        )
        store = path / ".jj" / "repo" / "store" / "git"
        made: list[str] = []
        for number in range(1, chance.randint(4, 14)):
            known = made[-chance.choice((1, 3, 20)) :]
            count = chance.choice((1, 1, 1, 2, 2, 3))
            parents = chance.sample(known, min(count, len(known))) or ["root()"]
            if chance.random() < 0.1:
                parents = ["root()"]
            self.jj(path, "new", "--no-edit", "-m", str(number), *parents, count=number)
            newest = f'latest(description(exact:"{number}\\n"))'
            made.append(self.jj(path, "log", "-G", "-r", newest, "-T", "commit_id"))
            git(store, "update-ref", f"refs/sessions/s{number}", made[-1])
        return made


def dashed(repo: Repo, revset: str, style: str, template: str) -> str:
    """Return the graph in which no row stands for commits that are left out."""
    renderer = GraphRenderer(style)
    more = "more\n" if "more" in template else ""
    drawn = ""
    for row in grouped(rows(repo.select(revset), repo.graph.parents, None), []):
        edges = [(edge.kind, edge.target) for edge in row.edges]
        glyph = "○" if row.position else {"ascii": "+"}.get(style, "◆")
        text = repo.index.row_at(row.position).id if row.position else "0" * 40
        drawn += renderer.row(row.position, edges, glyph, f"{text}\n{more}")
    return drawn


def is_joined(repo: Repo, revset: str) -> bool:
    """Tell whether two ways lead from a commit through left out ones to the same commit.

    `wj` draws one row for all commits that are left out there, since it counts their turns.
    """
    chosen = set(repo.select(revset).positions())

    def reached(place: int) -> list[int]:
        if place in chosen:
            return [place]
        return [end for parent in repo.graph.parents(place) for end in reached(parent)]

    for place in chosen:
        outside = [parent for parent in repo.graph.parents(place) if parent not in chosen]
        ends = [end for parent in outside for end in reached(parent)]
        if len(ends) != len(set(ends)):
            return True
    return False


def some_commits(repo: Repo, made: list[str], chance: random.Random) -> str:
    """Return a revset of some of the commits, without such ways."""
    for _ in range(50):
        count = chance.randint(1, max(1, len(made) - 1))
        revset = "|".join(chance.sample([*made, "root()"], count))
        if not is_joined(repo, revset):
            return revset
    return "root()"


def differences(graphs: Graphs, box: Sandbox, seed: int) -> list[str]:
    """Return where the graphs of a seed are not drawn alike."""
    chance = random.Random(seed)
    path = graphs.folder / f"graph{seed}"
    made = graphs.make(path, chance)
    store = str(path / ".jj" / "repo" / "store" / "git")
    repo = porcelain.open(store)
    found: list[str] = []
    with closing(repo.index):
        some = some_commits(repo, made, chance)
        for theirs, ours in (("all() ~ @", "all()"), (some, some)):
            template = chance.choice(TEMPLATES)
            for style in STYLES:
                styled = ("-T", template, "--config", f"ui.graph.style={style}")
                done = box.run("-R", store, "log", "-r", ours, *styled)
                elided = _ELIDED.sub("(elided revisions)", done.raw.decode())
                for shown, more in (
                    (elided, ()),
                    (dashed(repo, ours, style, template), (_DASHED,)),
                ):
                    wanted = graphs.jj(path, "log", "-r", theirs, *styled, *more)
                    if shown != wanted:
                        found.append(
                            f"{seed} {style} {ours}\njj:\n{wanted}\nwj:\n{shown}{done.err}"
                        )
    shutil.rmtree(path)
    return found


@pytest.fixture
def graphs(tmp_path: Path) -> Graphs:
    return Graphs(tmp_path)


def test_random_graphs_are_drawn_as_jj_draws_them(graphs: Graphs, box: Sandbox) -> None:
    found = [one for seed in range(FEW) for one in differences(graphs, box, seed)]
    assert not found, found[0]


@pytest.mark.soak
@pytest.mark.parametrize("first", range(FEW, FEW + MANY, AT_ONCE))
def test_many_random_graphs(graphs: Graphs, box: Sandbox, first: int) -> None:
    found = [
        one for seed in range(first, first + AT_ONCE) for one in differences(graphs, box, seed)
    ]
    assert not found, found[0]

"""Every command that is compared, each with its forms, drawn at random for a state.

A verb returns the words of a command, commits named as in `lockstep`, or None where the state
has nothing to do it with. Left out, because the tools part there by design or jj breaks:

- names on the root: abandoning or folding away a named child of the root
- abandoning a named commit without `--retain-bookmarks` (sessions go to the parent of the same
  document), unless nothing is below it to go to
- a tag on `@` or above it (jj starts a new change), since what is tagged is immutable
- descriptions that jj would ask for in an editor: folding together two titles
- `parallelize` with the root, where jj panics
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from tests.differential.naming import ROOT_NAME, Named

Words = list[str]
NAMES = ("a", "b", "c", "d")
TAGS = ("t", "u")


class Draw:
    """A state to make a command for, and the chance to do it with."""

    def __init__(self, now: Named, chance: Random, titles: Iterator[str]) -> None:
        """Draw commits from `now`, titles from `titles`."""
        self.now = now
        self.chance = chance
        self.titles = titles
        self.visible = list(now.commits)
        self.immutable = now.immutable()

    def one(self, among: list[str] | None = None, root: float = 0.0) -> str:
        """Return a reference to a commit; with a chance of `root` the root."""
        if self.chance.random() < root:
            return ROOT_NAME
        return self.ref(self.chance.choice(self.visible if among is None else among))

    def some(self, most: int, root: float = 0.0) -> Words:
        """Return references to one commit or, less often, several, none twice."""
        count = 1
        while count < most and self.chance.random() < 0.3:
            count += 1
        found = [self.one(root=root) for _ in range(count)]
        return list(dict.fromkeys(found))

    def ref(self, name: str) -> str:
        """Return the reference to a commit."""
        return name if name == ROOT_NAME else f"{{{self.now.reference(name)}}}"

    def maybe(self, *words: str, of: float = 0.5) -> Words:
        """Return the words, or nothing."""
        return list(words) if self.chance.random() < of else []

    def title(self, always: bool = False) -> Words:
        """Return `-m` with a new title, sometimes none."""
        return ["-m", next(self.titles)] if always or self.chance.random() < 0.9 else []

    def range(self) -> str:
        """Return a commit, or all from one to a descendant."""
        top = self.chance.choice(self.visible)
        below = sorted(self.now.lineage(top) - {ROOT_NAME})
        bottom = self.chance.choice(below)
        return self.ref(top) if top == bottom else f"{self.ref(bottom)}::{self.ref(top)}"

    def named(self) -> set[str]:
        """Return the commits that bookmarks are on, all sides."""
        targets = self.now.bookmarks.values()
        return {side for t in targets for side in (*t.adds, *t.removes)}

    def on_root(self, name: str) -> bool:
        """Tell whether a commit is a child of the root."""
        return ROOT_NAME in self.now.commits[name].parents

    def free_name(self) -> str | None:
        """Return a bookmark's name that is not in use."""
        free = [name for name in NAMES if name not in self.now.bookmarks]
        return self.chance.choice(free) if free else None


Verb = Callable[[Draw], Words | None]


def places(draw: Draw, root: float = 0.03) -> Words:
    """Return where to: onto, after, before, or between."""
    kind = draw.chance.choices(("-o", "-A", "-B", "-AB"), (5, 2, 2, 1))[0]
    if kind == "-AB":
        return ["-A", draw.one(root=root), "-B", draw.one()]
    return [word for ref in draw.some(2, root if kind != "-B" else 0) for word in (kind, ref)]


def new(draw: Draw) -> Words:
    """An empty change: on one or several, between, with and without going there."""
    form = draw.chance.random()
    if form < 0.65:
        where = draw.some(3, root=0.03)
        if draw.chance.random() < 0.04:
            where = where * 2
    else:
        where = places(draw)
        where = [{"-o": "-A"}.get(word, word) for word in where]
    return ["new", *where, *draw.title(), *draw.maybe("--no-edit", of=0.2)]


def describe(draw: Draw) -> Words:
    """Titles, of one or several, sometimes taken away."""
    words = ["describe", *draw.maybe(*draw.some(2), of=0.8)]
    return [*words, *(["-m", ""] if draw.chance.random() < 0.1 else draw.title(always=True))]


def commit(draw: Draw) -> Words:
    """Title `@` and go on."""
    return ["commit", *draw.title(always=True)]


def edit(draw: Draw) -> Words | None:
    """Move `@` to a commit that is not immutable."""
    able = [name for name in draw.visible if name not in draw.immutable]
    return ["edit", draw.one(able)] if able else None


def step(verb: str) -> Verb:
    """Make `next` or `prev`."""

    def made(draw: Draw) -> Words:
        count = draw.maybe(draw.chance.choice("1223"), of=0.4)
        how = draw.chance.choice([["--edit"], ["--no-edit"], [], []])
        return [verb, *count, *how]

    return made


def abandon(draw: Draw) -> Words | None:
    """Abandon commits, keeping the names where there are any."""
    if draw.chance.random() < 0.25:
        return None if draw.named() else ["abandon", draw.range()]
    names = {draw.chance.choice(draw.visible) for _ in draw.some(3)}
    named = names & draw.named()
    if any(draw.now.lineage(name) - names <= {ROOT_NAME} for name in named):
        return None
    if any(draw.on_root(name) for name in names) and named:
        return None
    keep = ["--retain-bookmarks"] if named else draw.maybe("--retain-bookmarks", of=0.2)
    return ["abandon", *map(draw.ref, sorted(names)), *keep]


def duplicate(draw: Draw) -> Words:
    """Copy commits, in place or elsewhere."""
    what = [draw.range()] if draw.chance.random() < 0.3 else draw.some(3)
    return ["duplicate", *what, *(places(draw) if draw.chance.random() < 0.5 else [])]


def rebase(draw: Draw) -> Words:
    """Move commits in all of the forms."""
    kind = draw.chance.choices(("-b", "-s", "-r", ""), (2, 4, 5, 1))[0]
    if kind == "-r" and draw.chance.random() < 0.2:
        what = ["-r", draw.range()]
    else:
        what = [word for ref in draw.some(2) for word in (kind, ref)] if kind else []
    return ["rebase", *what, *places(draw), *draw.maybe("--skip-emptied", of=0.15)]


def squash(draw: Draw) -> Words | None:
    """Fold commits into others."""
    now, form = draw.now, draw.chance.random()
    into: str | None
    if form < 0.4:
        sources = [draw.chance.choice(draw.visible)]
        parents = now.commits[sources[0]].parents
        into = parents[0] if len(parents) == 1 else None
        words = ["-r", draw.ref(sources[0])]
    else:
        sources = list(dict.fromkeys(draw.chance.choice(draw.visible) for _ in draw.some(2)))
        into = draw.chance.choice(draw.visible)
        words = [word for name in sorted(sources) for word in ("--from", draw.ref(name))]
        words += ["--into", draw.ref(into)]
    if any(draw.on_root(name) for name in sources) and {*sources} & draw.named():
        return None
    titles = [now.commits[n].title for n in (*sources, into) if n and n in now.commits]
    text = draw.chance.choice((["-u"], draw.title(always=True), []))
    if not text and sum(map(bool, titles)) > 1:
        text = ["-u"]
    return ["squash", *words, *text, *draw.maybe("-k", of=0.15)]


def parallelize(draw: Draw) -> Words:
    """Make a line of commits siblings."""
    return (
        ["parallelize", draw.range()]
        if draw.chance.random() < 0.8
        else ["parallelize", *draw.some(3)]
    )


def simplify_parents(draw: Draw) -> Words:
    """Drop parents that another parent has as an ancestor."""
    return ["simplify-parents", draw.chance.choice(("-s", "-r")), draw.one()]


def metaedit(draw: Draw) -> Words:
    """Change what is about a commit."""
    options: list[Words] = [["--update-change-id"], ["--force-rewrite"], draw.title(always=True)]
    return ["metaedit", *draw.some(2), *draw.chance.choice(options)]


def bookmark_create(draw: Draw) -> Words | None:
    """A new name, seldom one that exists."""
    name = draw.free_name() or draw.chance.choice(NAMES)
    return ["bookmark", "create", name, *draw.maybe("-r", draw.one(), of=0.8)]


def bookmark_set(draw: Draw) -> Words:
    """Create or move a name."""
    name = draw.chance.choice(NAMES)
    return ["bookmark", "set", name, "-r", draw.one(), *draw.maybe("-B", of=0.6)]


def bookmark_move(draw: Draw) -> Words | None:
    """Move a name, or what is at a commit."""
    if not draw.now.bookmarks:
        return None
    name = draw.chance.choice(sorted(draw.now.bookmarks))
    sides = [side for side in draw.now.bookmarks[name].adds if side in draw.now.commits]
    by_commit = sides and draw.chance.random() < 0.4
    what = ["--from", draw.one(sides)] if by_commit else [name]
    return ["bookmark", "move", *what, "--to", draw.one(), *draw.maybe("-B", of=0.6)]


def bookmark_delete(draw: Draw) -> Words:
    """Delete or forget a name."""
    verb = draw.chance.choice(("delete", "forget"))
    return ["bookmark", verb, draw.chance.choice(NAMES)]


def bookmark_rename(draw: Draw) -> Words:
    """Rename a name, sometimes over another."""
    old, new_name = draw.chance.sample(NAMES, 2)
    over = draw.maybe("--overwrite-existing", of=0.3)
    return ["bookmark", "rename", old, new_name, *over]


def tag_set(draw: Draw) -> Words | None:
    """Tag a commit that `@` is not, nor descends from."""
    at = draw.now.at
    free = [n for n in draw.visible if at is None or at not in draw.now.lineage(n)]
    if not free:
        return None
    name = draw.chance.choice(TAGS)
    return ["tag", "set", name, "-r", draw.one(free), *draw.maybe("--allow-move")]


def tag_delete(draw: Draw) -> Words:
    """Delete a tag."""
    return ["tag", "delete", draw.chance.choice(TAGS)]


VERBS: dict[str, tuple[int, Verb]] = {
    "new": (20, new),
    "describe": (5, describe),
    "commit": (3, commit),
    "edit": (6, edit),
    "next": (3, step("next")),
    "prev": (3, step("prev")),
    "abandon": (4, abandon),
    "duplicate": (3, duplicate),
    "rebase": (12, rebase),
    "squash": (5, squash),
    "parallelize": (2, parallelize),
    "simplify-parents": (2, simplify_parents),
    "metaedit": (2, metaedit),
    "bookmark create": (5, bookmark_create),
    "bookmark set": (4, bookmark_set),
    "bookmark move": (3, bookmark_move),
    "bookmark delete": (1, bookmark_delete),
    "bookmark rename": (1, bookmark_rename),
    "tag set": (1, tag_set),
    "tag delete": (1, tag_delete),
}
"""By command: how often, and the verb."""

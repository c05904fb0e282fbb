"""Draw sequences of commands, each for the state that the ones before led to.

Beside the verbs: undo and redo as far as both tools go alike, `op restore` and `op revert` of
earlier states and operations, commands as of an earlier operation, and hidden commits, which
become visible when they are used. Left out: operations that are two at once for jj (what was
done with `--at-op`) are neither undone nor reverted, and nothing is undone past an operation
that changed nothing, which only jj records; `Course` stops there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from random import Random

from tests.differential.lockstep import Lockstep, Step
from tests.differential.naming import ROOT_NAME, Named
from tests.differential.verbs import VERBS, Draw, Words

ALL = frozenset({*VERBS, "undo", "redo", "op restore", "op revert", "at-op", "hidden"})
_MANY = 18
_REVIVERS = ("new", "edit", "describe", "bookmark create", "rebase", "abandon")


class Generator:
    """Draws commands for two tools in lockstep; the same seed draws the same ones."""

    def __init__(
        self, seed: int, enabled: Collection[str] = ALL, takes: Callable[[Words], bool] = bool
    ) -> None:
        """Draw from the commands that are `enabled` and whose words the tools take."""
        self.chance = Random(seed)
        self.enabled = enabled
        self.takes = takes
        self.titles = _titles()

    def steps(self, pair: Lockstep, count: int) -> None:
        """Run `count` commands that are not refused, and what it takes; then undo and redo.

        Raises:
            Difference, Void
        """
        done = tried = 0
        while done < count and tried < 6 * count:
            tried += 1
            for words in self._commands(pair):
                done += pair.do(Step(f"s{tried}", tuple(words)))
        if "undo" in self.enabled:
            self._down_and_up(pair)

    def _commands(self, pair: Lockstep) -> Iterator[Words]:
        rare: list[tuple[str, int, Callable[[Lockstep], Words | None]]] = [
            ("undo", 6, self._undo),
            ("redo", 4, self._redo),
            ("op restore", 1, self._restore),
            ("op revert", 3, self._revert),
            ("at-op", 4, self._at_operation),
            ("hidden", 2, self._hidden),
        ]
        choices: list[tuple[str, int]] = [(name, weight) for name, (weight, _) in VERBS.items()]
        choices += [(name, weight) for name, weight, _ in rare]
        choices = [
            (name, weight * (4 if name == "abandon" and len(pair.now.commits) > _MANY else 1))
            for name, weight in choices
            if name in self.enabled
        ]
        names, weights = zip(*choices, strict=True)
        name = self.chance.choices(names, weights)[0]
        by_name = {one: make for one, _, make in rare}
        words = by_name[name](pair) if name in by_name else VERBS[name][1](self._draw(pair.now))
        if words is not None and self.takes(words):
            yield words

    def _draw(self, now: Named) -> Draw:
        return Draw(now, self.chance, self.titles)

    def _undo(self, pair: Lockstep) -> Words | None:
        return ["undo"] if pair.course.can_undo else None

    def _redo(self, pair: Lockstep) -> Words | None:
        return ["redo"] if pair.course.forward is not None else None

    def _restore(self, pair: Lockstep) -> Words | None:
        return ["op", "restore", f"{{op {self.chance.choice(list(pair.operations)[-8:])}}}"]

    def _revert(self, pair: Lockstep) -> Words | None:
        able = [step.name for step in pair.steps[-6:] if step.name in pair.did]
        return ["op", "revert", f"{{did {self.chance.choice(able)}}}"] if able else None

    def _at_operation(self, pair: Lockstep) -> Words | None:
        name = self.chance.choice(list(pair.operations)[-4:])
        then = pair.states[name]
        if then.at is None or then.immutable() & {then.at}:
            return None
        verb = self._verb(lambda one: one not in ("tag set", "tag delete"))
        words = VERBS[verb][1](self._draw(_by_version(then)))
        return None if words is None else [*words, "--at-op", f"{{op {name}}}"]

    def _hidden(self, pair: Lockstep) -> Words | None:
        hidden = [n for n in pair.pairing.commits if n not in pair.now.commits and n != ROOT_NAME]
        if not hidden:
            return None
        ref = f"{{{self.chance.choice(hidden)}}}"
        verb = self._verb(lambda one: one in _REVIVERS)
        draw = self._draw(pair.now)
        if verb == "bookmark create":
            name = draw.free_name()
            return ["bookmark", "create", name, "-r", ref] if name else None
        if verb == "rebase":
            return ["rebase", draw.chance.choice(("-s", "-r")), ref, "-o", draw.one()]
        return [verb, ref, *(draw.title(always=True) if verb in ("describe", "new") else [])]

    def _verb(self, wanted: Callable[[str], bool]) -> str:
        names = [name for name in VERBS if name in self.enabled and wanted(name)]
        return self.chance.choices(names, [VERBS[name][0] for name in names])[0]

    def _down_and_up(self, pair: Lockstep) -> None:
        """Undo as far as it goes, then redo all of it."""
        count = 0
        while pair.course.can_undo and count < 8:
            count += 1
            pair.do(Step(f"u{count}", ("undo",)))
        for number in range(count if pair.course.forward is not None else 0):
            pair.do(Step(f"r{number + 1}", ("redo",)))


def _by_version(named: Named) -> Named:
    """Return a state whose commits are referred to by version: changes have moved on since."""
    return named._replace(divergent=frozenset(c.change for c in named.commits.values()))


def _titles() -> Iterator[str]:
    count = 0
    while True:
        count += 1
        yield f"L{count}"

"""Run one sequence of commands in two tools, comparing after each.

A step's words name commits and operations as `{s7.0}`, `{s7.0@s9}`, `{op s7}` (the state
after step 7) and `{did s7}` (the operation of step 7); a step whose names mean nothing is
left out, so that steps can be taken out of a sequence.

What undo can reach is known from what was done: `Course` keeps the states that it goes
through, and where it stops because the tools part by design.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import NamedTuple

from tests.differential.aftermath import Aftermath
from tests.differential.deliberate import REDUCTIONS, find_deliberate
from tests.differential.naming import Named, Pairing
from tests.differential.tools.shown import Answer, Shown, Tool

_REFERENCE = re.compile(r"\{(?:(op|did) )?([^{}]+)\}")

_BROKEN = (2, 255)
"""Usage errors and bugs: no random command is meant to show these, not even in both tools."""


class Step(NamedTuple):
    """A command, its commits and operations named as both tools' are."""

    name: str
    words: tuple[str, ...]


class Difference(Exception):
    """The tools did not do the same."""

    def __init__(self, what: str, step: Step, report: str) -> None:
        """`what` in a few words, `report` in full."""
        super().__init__(report)
        self.what = what
        self.step = step


class Course:
    """How far undo and redo can go in both tools alike.

    `back` has one entry for each operation that undo would take back, False for one that it
    must not reach; `forward` counts what redo would bring back, None where the tools part.
    """

    def __init__(self) -> None:
        """Start at the bottom."""
        self.back: list[bool] = []
        self.forward: int | None = 0

    @property
    def can_undo(self) -> bool:
        """Whether both tools undo the same operation now."""
        return bool(self.back) and self.back[-1]

    def follow(self, verb: str, moved: tuple[bool, bool]) -> None:
        """Note a command after which each tool has a new operation or not."""
        if verb == "undo" and all(moved):
            self.back.pop()
            self.forward = None if self.forward is None else self.forward + 1
        elif verb == "redo" and all(moved):
            self.back.append(True)
            self.forward = None if self.forward is None else self.forward - 1
        elif all(moved):
            self.back.append(True)
            self.forward = 0
        elif moved[0]:
            self.stop()  # an operation that changed nothing, which only jj records

    def stop(self) -> None:
        """Put an end to what undo and redo may be compared over."""
        self.back.append(False)
        self.forward = None


class Lockstep:
    """Two tools that are given the same commands; `steps` are those that were run."""

    def __init__(self, left: Tool, right: Tool, names: tuple[str, str]) -> None:
        """Compare what they show to begin with."""
        self.tools = (left, right)
        self.tool_names = names
        self.pairing = Pairing()
        self.course = Course()
        self.steps: list[Step] = []
        self.lines: tuple[list[str], list[str]] = ([], [])
        self.operations: dict[str, tuple[str, str]] = {}
        self.states: dict[str, Named] = {}
        self.did: set[str] = set()
        self.parted: list[str] = []
        self.shown = (left.shown(), right.shown())
        self.now = self._compare(Step("s0", ()), None)
        self._remember("s0")

    def do(self, step: Step) -> bool:
        """Run a step in both tools; return whether both did it.

        Raises:
            Difference: they answered differently, or show different things now.
            Void: jj came to grief.
        """
        words = [self._resolve(step.words, side) for side in (0, 1)]
        if words[0] is None or words[1] is None:
            return False
        waiting = [tool.begin(w) for tool, w in zip(self.tools, words, strict=True) if w]
        answers = (waiting[0](), waiting[1]())
        self.steps.append(step)
        for side in (0, 1):
            self.lines[side].append(f"{answers[side].line}  # {step.name}")
        if any(answer.status in _BROKEN for answer in answers):
            raise self._difference("a command broke, or was not understood", step, answers)
        if answers[0].is_done != answers[1].is_done:
            known = find_deliberate(step.words, *answers)
            if known is None:
                done = self.tool_names[0 if answers[0].is_done else 1]
                raise self._difference(f"only {done} did it", step, answers)
            self._part(step, known.name)
            return False
        before = self.shown
        self.shown = (self.tools[0].shown(), self.tools[1].shown())
        why = self._explanation(step, before, answers[0].text)
        if why:
            self.shown = before
            self._part(step, why)
            return False
        self.now = self._compare(step, answers)
        if self.now.at in self.now.immutable():
            # Where jj starts a new change as soon as it looks at the files, and so at `op restore`.
            self.shown = before
            self._part(step, "`@` is immutable")
            return False
        moved = [
            old.operation != new.operation for old, new in zip(before, self.shown, strict=True)
        ]
        if moved[1] and not moved[0]:
            raise self._difference("only the second recorded an operation", step, answers)
        self.course.follow(step.words[0], (moved[0], moved[1]))
        if "--at-op" in step.words and any(moved):
            self.course.stop()
        elif all(moved):
            self.did.add(step.name)
        self._remember(step.name)
        return answers[0].is_done

    def script(self) -> str:
        """Return both lists of commands."""
        found = []
        for name, tool, lines in zip(self.tool_names, self.tools, self.lines, strict=True):
            found += [f"# {name}", *getattr(tool, "preparation", ()), *lines, ""]
        return "\n".join(found)

    def _explanation(self, step: Step, before: tuple[Shown, Shown], said: str) -> str:
        """Return which result that differs by design this is, if it does differ by design."""
        if isinstance(self.pairing.compare(*self.shown, step.name), Named):
            return ""
        found = self._aftermath(step, before, said)
        reduced = self.shown
        for reduce in REDUCTIONS:
            reduced = reduce(found, *reduced)
            if isinstance(self.pairing.compare(*reduced, step.name), Named):
                return reduce.__name__
        return ""

    def _aftermath(self, step: Step, before: tuple[Shown, Shown], said: str) -> Aftermath:
        then = None
        involved: list[tuple[str, Sequence[str]]] = []
        name = step.words[-1].partition(" ")[2].rstrip("}")
        names = [one.name for one in self.steps]
        if "--at-op" in step.words:
            then = frozenset(self.pairing.commits[one][0] for one in self.states[name].commits)
            since = names.index(name) + 1 if name in names else 0
            involved += [(one.name, one.words) for one in [*self.steps[since:], step]]
        elif step.words[:2] == ("op", "revert"):
            involved += [(one.name, one.words) for one in self.steps if one.name == name]
        pairing = self.pairing
        return Aftermath(
            step.words, before, self.shown, pairing.changes, pairing.commits, then, involved, said
        )

    def _part(self, step: Step, why: str) -> None:
        """Put both tools back to before a step after which they part by design."""
        self.parted.append(why)
        for side in (0, 1):
            back = self.tools[side].begin(["op", "restore", self.shown[side].operation])()
            assert back.is_done, back.text
            self.lines[side].append(f"{back.line}  # {step.name}: {why}")
        self.shown = (self.tools[0].shown(), self.tools[1].shown())
        self.now = self._compare(step, None)
        self.course.stop()
        self._remember(step.name)

    def _resolve(self, words: Sequence[str], side: int) -> list[str] | None:
        found = []
        for word in words:
            missing = False

            def replaced(match: re.Match[str]) -> str:
                nonlocal missing
                kind, name = match.groups()
                if kind == "did" and name not in self.did:
                    ids = None
                else:
                    ids = self.operations.get(name) if kind else self.pairing.ids(name)
                missing = missing or ids is None
                return ids[side] if ids else ""

            found.append(_REFERENCE.sub(replaced, word))
            if missing:
                return None
        return found

    def _remember(self, name: str) -> None:
        self.operations[name] = (self.shown[0].operation, self.shown[1].operation)
        self.states[name] = self.now

    def _compare(self, step: Step, answers: tuple[Answer, Answer] | None) -> Named:
        found = self.pairing.compare(*self.shown, step.name)
        if isinstance(found, str):
            raise self._difference(found, step, answers)
        return found

    def _difference(
        self, what: str, step: Step, answers: tuple[Answer, Answer] | None
    ) -> Difference:
        parts = [f"{what}, after step {step.name}: {shlex.join(step.words)}"]
        for side, name in enumerate(self.tool_names):
            if answers is not None:
                parts.append(f"--- {name} (exit {answers[side].status})\n{answers[side].text}")
            parts.append(drawn(self.pairing.named(self.shown[side], side)))
        parts.append(self.script())
        return Difference(what, step, "\n".join(parts))


def drawn(named: Named) -> str:
    """Return a state as lines to read: commits with parents, `@`, names."""
    lines = [f"    --- before: @ is {named.at}"] if named.at is None else []
    for commit in named.commits.values():
        mark = "@" if commit.id == named.at else " "
        parents = " ".join(commit.parents)
        lines.append(f"  {mark} {commit.id:16} {commit.title!r:8} on {parents}")
    for kind, names in (("bookmark", named.bookmarks), ("tag", named.tags)):
        for name, target in names.items():
            removes = f" minus {' '.join(target.removes)}" if target.removes else ""
            lines.append(f"    {kind} {name}: {' '.join(target.adds)}{removes}")
    return "\n".join(lines)


def run(steps: Sequence[Step], pair: Lockstep) -> Lockstep:
    """Run a whole sequence.

    Raises:
        Difference, Void
    """
    for step in steps:
        pair.do(step)
    return pair

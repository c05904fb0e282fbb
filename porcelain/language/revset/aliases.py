"""Aliases of revsets: those that the user configured, and the built-in ones.

    latest-ones  = "latest(visible_heads(), 10)"
    "of(x, n)"   = "ancestors(x, n) & mutable()"

Functions may be declared for several numbers of arguments; one with the name of a built-in
function hides it whatever the number. A wrong declaration is ignored and listed in `problems`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from porcelain.display import caret_diagram, plain
from porcelain.errors import RevsetSyntaxError
from porcelain.language.revset.parser import bare_name_end
from porcelain.language.scanner import STRICT_NAME

_CALL = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*\(([^()]*)\)\s*")

BUILT_IN: Mapping[str, tuple[str, str]] = {
    "trunk": ("root()", "The commit that all work builds on; the root, where it is not configured"),
    "builtin_immutable_heads": (
        "trunk() | tags() | untracked_remote_sessions()",
        "The value of `immutable_heads()` where it is not configured",
    ),
    "immutable_heads": (
        "builtin_immutable_heads()",
        "Commits that, with their ancestors, are not rewritten; to be configured",
    ),
    "immutable": ("::(immutable_heads() | root())", "Commits that are not rewritten"),
    "mutable": ("~immutable()", "Commits that may be rewritten"),
    "visible": ("::visible_heads()", "Visible commits, also where hidden ones are named"),
    "hidden": ("~visible()", "Hidden commits among those that the expression names"),
}
_NOT_TO_CHANGE = ("builtin_immutable_heads", "immutable", "mutable")


class Alias(NamedTuple):
    """One declaration; `parameters` is None for a plain name."""

    name: str
    parameters: tuple[str, ...] | None
    text: str

    @property
    def shown(self) -> str:
        """The declaration as it is written."""
        if self.parameters is None:
            return self.name
        return f"{self.name}({', '.join(self.parameters)})"


class InAlias(RevsetSyntaxError):
    """An error in the definition of an alias: the place of its use, then the error itself."""

    def __init__(self, place: tuple[str, tuple[int, int]], name: str, cause: RevsetSyntaxError):
        text, span = place
        super().__init__(text, span, f"In alias `{plain(name)}`: {cause.reason}", cause.hints)
        self.shown = f"In alias `{plain(name)}`"
        self.cause = cause

    def diagram(self) -> str:
        """Return the place where the alias is used, and below it the error in its definition."""
        return f"{caret_diagram(self.text, self.span, self.shown)}\n{self.cause.diagram()}"


class Aliases:
    """Declarations by name; configured ones hide built-in ones."""

    def __init__(self, configured: Mapping[str, str]) -> None:
        """Read declarations; their definitions are not parsed yet."""
        self.problems: list[str] = []
        self._symbols: dict[str, Alias] = {}
        self._functions: dict[str, dict[int, Alias]] = {}
        self._configured: set[str] = set()
        for declaration, text in configured.items():
            alias = parse_declaration(declaration, text)
            if alias is None:
                self.problems.append(f"`{plain(declaration)}` does not declare an alias")
                continue
            self._configured.add(alias.name)
            if alias.parameters is None:
                self._symbols[alias.name] = alias
            else:
                arities = self._functions.setdefault(alias.name, {})
                arities[len(alias.parameters)] = alias
                if alias.name in _NOT_TO_CHANGE:
                    said = "should not be redefined; `immutable_heads()` is what may be"
                    self.problems.append(f"`{alias.shown}` {said}")

    def symbol(self, name: str) -> Alias | None:
        """Return the alias of this name without parameters, if there is one."""
        return self._symbols.get(name)

    def function(self, name: str) -> Mapping[int, Alias]:
        """Return the function aliases of this name, by their number of arguments."""
        found = self._functions.get(name)
        if found is None and name in BUILT_IN:
            return {0: Alias(name, (), BUILT_IN[name][0])}
        return found or {}

    def is_configured(self, name: str) -> bool:
        """Tell whether the user declared a name."""
        return name in self._configured

    def definition(self, name: str, arity: int) -> str:
        """Return the definition of a configured function; "" for any other."""
        found = self._functions.get(name, {}).get(arity)
        return found.text if found else ""

    @property
    def functions(self) -> list[str]:
        """The names of functions, for did-you-mean."""
        return [*BUILT_IN, *self._functions]


def parse_declaration(declaration: str, text: str) -> Alias | None:
    """Return the declared alias, None where the declaration is not valid."""
    if declaration and bare_name_end(declaration, 0) == len(declaration):
        return Alias(declaration, None, text)
    match = _CALL.fullmatch(declaration)
    if match is None:
        return None
    names = [part.strip() for part in match[2].split(",")] if match[2].strip() else []
    if len(set(names)) != len(names) or not all(map(STRICT_NAME.fullmatch, names)):
        return None
    return Alias(match[1], tuple(names), text)

"""Revset functions that look up names and ids: sessions, tags, names of remotes, workspaces."""

from __future__ import annotations

from porcelain.language.id_prefix import change_prefix, hex_prefix
from porcelain.language.revset.function import (
    Build,
    FunctionTable,
    Scope,
    argument,
    text_test,
    word,
)
from porcelain.language.revset.position_set import Selection, explicit
from porcelain.language.syntax_tree import Call, Expression

NAME_FUNCTIONS = FunctionTable()


def _found(scope: Scope, positions: list[int]) -> Selection:
    return explicit(tuple(map(scope.universe.name, positions)))


def _local(part: str) -> Build:
    def build(scope: Scope, call: Call) -> Selection:
        name = text_test(scope, argument(call, 0))
        return _found(scope, scope.facts.names(part, name))

    return build


def _remote(part: str, tracked: bool | None) -> Build:
    def build(scope: Scope, call: Call) -> Selection:
        name = text_test(scope, argument(call, 0))
        remote = text_test(scope, argument(call, 1, "remote"))
        return _found(scope, scope.facts.remote_names(part, name, remote, tracked))

    return build


def _by_id(kind: str) -> Build:
    def build(scope: Scope, call: Call) -> Selection:
        expression = call.arguments[0]
        text = word(scope, expression, "the beginning of an id")
        prefix = hex_prefix(text) if kind == "commit" else change_prefix(text)
        if prefix is None:
            inner, found = scope.expand(expression)
            letters = "0 to 9 and a to f" if kind == "commit" else "k to z"
            inner.fail(f"a {kind} id has only {letters}", found.span)
        return _found(scope, scope.graph.with_prefix(kind, prefix))

    return build


@NAME_FUNCTIONS.add("working_copies()", "Where workspaces stand")
def _working_copies(scope: Scope, _call: Call) -> Selection:
    return _found(scope, scope.facts.working_copies())


@NAME_FUNCTIONS.add("at_operation(op, x)", "What x named after an operation")
def _at_operation(scope: Scope, call: Call) -> Selection:
    past = scope.graph.past(_operation(scope, call.arguments[0]))
    ids = [
        past.commit_id(position)
        for position in scope.elsewhere(past).select(call.arguments[1]).positions()
    ]
    return _found(scope, scope.facts.positions_of(ids))


def _operation(scope: Scope, expression: Expression) -> str:
    """Return an operation expression as it is written: it belongs to another language."""
    inner, found = scope.expand(expression)
    if getattr(found, "quoted", False):
        return word(inner, found, "an operation")
    return inner.text[slice(*found.span)]


NAME_FUNCTIONS.add("change_id(prefix)", "The visible commits of a change, or none")(
    _by_id("change")
)
NAME_FUNCTIONS.add("commit_id(prefix)", "The commit with this id, or none")(_by_id("commit"))

for _name, _part in (("bookmarks", "sessions"), ("sessions", "sessions"), ("tags", "tags")):
    _help = "Same as `sessions`" if _name == "bookmarks" else f"Where {_part} point"
    NAME_FUNCTIONS.add(f"{_name}([pattern])", _help)(_local(_part))
    for _state, _tracked in (("", None), ("tracked ", True), ("untracked ", False)):
        NAME_FUNCTIONS.add(
            f"{_state.replace(' ', '_')}remote_{_name}([pattern], [remote=pattern])",
            f"Where {_state}{_part} of remotes were last seen",
            "remote",
        )(_remote(_part, _tracked))

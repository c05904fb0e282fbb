"""Functions that look names and ids up: sessions, tags, remotes' ones, workspaces."""

from __future__ import annotations

from collections.abc import Callable

from porcelain.language.id_prefix import change_prefix, hex_prefix
from porcelain.language.revset.function import Function, Scope, argument, text_test, word
from porcelain.language.revset.position_set import Selection, explicit
from porcelain.language.syntax_tree import Call, Expression


def _found(scope: Scope, positions: list[int]) -> Selection:
    return explicit(tuple(map(scope.universe.name, positions)))


def _local(part: str) -> Callable[[Scope, Call], Selection]:
    def build(scope: Scope, call: Call) -> Selection:
        name = text_test(scope, argument(call, 0))
        return _found(scope, scope.facts.names(part, name))

    return build


def _remote(part: str, tracked: bool | None) -> Callable[[Scope, Call], Selection]:
    def build(scope: Scope, call: Call) -> Selection:
        name = text_test(scope, argument(call, 0))
        remote = text_test(scope, argument(call, 1, "remote"))
        return _found(scope, scope.facts.remote_names(part, name, remote, tracked))

    return build


def _by_id(kind: str) -> Callable[[Scope, Call], Selection]:
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


def _working_copies(scope: Scope, _call: Call) -> Selection:
    return _found(scope, scope.facts.working_copies())


def _at_operation(scope: Scope, call: Call) -> Selection:
    past = scope.graph.past(_operation(scope, call.arguments[0]))
    ids = [
        past.commit_id(position)
        for position in scope.elsewhere(past).select(call.arguments[1]).positions()
    ]
    return _found(scope, scope.facts.positions_of(ids))


def _operation(scope: Scope, expression: Expression) -> str:
    """Return an operation expression as it is written: it is of another language."""
    inner, found = scope.expand(expression)
    if getattr(found, "quoted", False):
        return word(inner, found, "an operation")
    return inner.text[slice(*found.span)]


def _remote_function(name: str, part: str, tracked: bool | None) -> Function:
    what = {SESSIONS: "sessions", TAGS: "tags"}[part]
    state = {None: "", True: "tracked ", False: "untracked "}[tracked]
    return Function(
        f"{name}([pattern], [remote=pattern])",
        0,
        2,
        f"Where {state}{what} of remotes were last seen",
        _remote(part, tracked),
        ("remote",),
    )


SESSIONS, TAGS = "sessions", "tags"

NAME_FUNCTIONS: dict[str, Function] = {
    "at_operation": Function(
        "at_operation(op, x)", 2, 2, "What x named after an operation", _at_operation
    ),
    "bookmarks": Function("bookmarks([pattern])", 0, 1, "Same as `sessions`", _local(SESSIONS)),
    "change_id": Function(
        "change_id(prefix)", 1, 1, "The visible commits of a change, or none", _by_id("change")
    ),
    "commit_id": Function(
        "commit_id(prefix)", 1, 1, "The commit with this id, or none", _by_id("commit")
    ),
    "sessions": Function("sessions([pattern])", 0, 1, "Where sessions point", _local(SESSIONS)),
    "tags": Function("tags([pattern])", 0, 1, "Where tags point", _local(TAGS)),
    "working_copies": Function("working_copies()", 0, 0, "Where workspaces stand", _working_copies),
} | {
    name: _remote_function(name, part, tracked)
    for state, tracked in (("", None), ("tracked_", True), ("untracked_", False))
    for kind, part in (("sessions", SESSIONS), ("bookmarks", SESSIONS), ("tags", TAGS))
    for name in (f"{state}remote_{kind}",)
}

"""Revset functions that look into commits: texts, people, dates, and the messages they add."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

from porcelain.language.revset.function import (
    Build,
    FunctionTable,
    Scope,
    TextTest,
    number,
    text_test,
    word,
)
from porcelain.language.revset.position_set import Selection, intersection
from porcelain.language.revset.syntax_tree import Range, Symbol
from porcelain.language.syntax_tree import Call

if TYPE_CHECKING:
    from porcelain.language.revset.graph_protocol import Signed


FACT_FUNCTIONS = FunctionTable()


def _matching(scope: Scope, test: Callable[[int], bool]) -> Selection:
    """Return the commits that pass a test, of all that can be found."""
    everything = scope.universe.all

    def found(position: int) -> bool:
        return everything.contains(position) and test(position)

    return Selection(lambda: filter(test, everything.positions()), found)


def _text(fact: str) -> Build:
    def build(scope: Scope, call: Call) -> Selection:
        test, read = text_test(scope, call.arguments[0]), getattr(scope.facts, fact)
        return _matching(scope, lambda position: test.matches(read(position)))

    return build


def _person(who: str, *fields: str) -> Build:
    def build(scope: Scope, call: Call) -> Selection:
        matches = text_test(scope, call.arguments[0]).matches

        def test(position: int) -> bool:
            signature = _signature(scope, who, position)
            return any(matches(getattr(signature, field)) for field in fields)

        return _matching(scope, test)

    return build


def _date(who: str) -> Build:
    def build(scope: Scope, call: Call) -> Selection:
        from porcelain.language.revset.date_pattern import date_test

        test = date_test(scope, call.arguments[0])
        if who == "author":
            return _matching(scope, lambda position: test(scope.facts.time(position)))
        return _matching(scope, lambda position: test(_signature(scope, who, position).time))

    return build


def _signature(scope: Scope, who: str, position: int) -> Signed:
    author, committer = scope.facts.signatures(position)
    return author if who == "author" else committer


@FACT_FUNCTIONS.add("mine()", "Commits with your e-mail address as the author's")
def _mine(scope: Scope, _call: Call) -> Selection:
    own = scope.facts.email().casefold()
    return _matching(
        scope,
        lambda position: (
            bool(own) and _signature(scope, "author", position).email.casefold() == own
        ),
    )


@FACT_FUNCTIONS.add("empty()", "Commits that add nothing to what they continue")
def _empty(scope: Scope, _call: Call) -> Selection:
    return _matching(scope, scope.facts.is_empty)


@FACT_FUNCTIONS.add("conflicts()", "Commits with unresolved conflicts")
def _conflicts(scope: Scope, _call: Call) -> Selection:
    return _matching(scope, scope.facts.is_conflicted)


@FACT_FUNCTIONS.add("divergent()", "Visible commits whose change has other visible ones")
def _divergent(scope: Scope, _call: Call) -> Selection:
    facts = scope.facts
    return intersection([Selection(lambda: iter(facts.divergent())), scope.universe.all])


@FACT_FUNCTIONS.add("merges()", "Commits with several parents")
def _merges(scope: Scope, _call: Call) -> Selection:
    return _matching(scope, lambda position: len(scope.universe.parents(position)) > 1)


@FACT_FUNCTIONS.add("forks()", "Commits with several children")
def _forks(scope: Scope, _call: Call) -> Selection:
    return _matching(
        scope, lambda position: len(list(islice(set(scope.universe.children(position)), 2))) > 1
    )


@FACT_FUNCTIONS.add(
    "agent(pattern)", "Commits of an agent: its format (`claude-code`), or that and its version"
)
def _agent(scope: Scope, call: Call) -> Selection:
    matches, agents = text_test(scope, call.arguments[0]).matches, scope.facts.agents
    return _matching(scope, lambda position: any(map(matches, agents(position))))


@FACT_FUNCTIONS.add(
    "project(pattern)", "Commits of a conversation whose working folder's path or name fits"
)
def _project(scope: Scope, call: Call) -> Selection:
    matches, project = text_test(scope, call.arguments[0]).matches, scope.facts.project

    def test(position: int) -> bool:
        folder = project(position)
        return matches(folder) or matches(re.split(r"[/\\]", folder.rstrip("/\\"))[-1])

    return _matching(scope, test)


@FACT_FUNCTIONS.add(
    "native(id)",
    "Commits of the conversation with an agent's own id, or the one that adds that row",
)
def _native(scope: Scope, call: Call) -> Selection:
    return _matching(scope, scope.facts.native(word(scope, call.arguments[0], "an agent's id")))


for _who, _did in (("author", "written"), ("committer", "made")):
    FACT_FUNCTIONS.add(f"{_who}_date(pattern)", f"Commits {_did} after or before")(_date(_who))
    for _suffix, _shown, _fields in (
        ("", "name or address", ("name", "email")),
        ("_name", "name", ("name",)),
        ("_email", "address", ("email",)),
    ):
        FACT_FUNCTIONS.add(f"{_who}{_suffix}(pattern)", f"Commits whose {_who}'s {_shown} fits")(
            _person(_who, *_fields)
        )


@FACT_FUNCTIONS.add("text(pattern)", "Commits that add a message with these words, or that fits")
def _said(scope: Scope, call: Call) -> Selection:
    expression, facts = call.arguments[0], scope.facts
    inner, found = scope.expand(expression)
    if isinstance(found, Symbol):
        return _matching(scope, facts.adds_words(word(inner, found, "words")))
    test = text_test(scope, expression, lambda words: TextTest(facts.has_words(words)))
    return _matching(scope, facts.adds("text", test.matches))


def _adds(kind: str) -> Build:
    def build(scope: Scope, call: Call) -> Selection:
        test = text_test(scope, call.arguments[0])
        return _matching(scope, scope.facts.adds(kind, test.matches))

    return build


FACT_FUNCTIONS.add("role(pattern)", "Commits that add a message of a fitting role")(_adds("role"))
FACT_FUNCTIONS.add("tool(pattern)", "Commits that add a call of a fitting tool, or its result")(
    _adds("tool")
)


@FACT_FUNCTIONS.add("messages(range)", "Commits whose conversation has so many: `3`, `3..7`, `3..`")
def _messages(scope: Scope, call: Call) -> Selection:
    inner, found = scope.expand(call.arguments[0])
    if isinstance(found, Range) and found.operator == "..":
        least = number(inner, found.start, 0)
        most = None if found.end is None else number(inner, found.end, 0)
    else:
        least = most = number(inner, found, 0)

    def test(position: int) -> bool:
        count = scope.facts.messages(position)
        return least <= count and (most is None or count <= most)

    return _matching(scope, test)


for _fact, _help in {
    "description": "Commits whose description, a newline at its end, fits",
    "model": "Commits whose conversation names a fitting model",
    "session": "Commits whose conversation has a fitting id of its own",
    "subject": "Commits whose description's first line fits",
    "title": "Commits that are shown with a fitting title",
}.items():
    FACT_FUNCTIONS.add(f"{_fact}(pattern)", _help)(_text(_fact))

"""Functions that look at what commits hold: texts, people, dates, and what they add."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

from porcelain.language.revset.function import Function, Scope, text_test
from porcelain.language.revset.position_set import Selection, intersection
from porcelain.language.syntax_tree import Call

if TYPE_CHECKING:
    from porcelain.language.revset.graph_protocol import Signed


def _matching(scope: Scope, test: Callable[[int], bool]) -> Selection:
    """Return what passes a test, of all that can be found."""
    everything = scope.universe.all

    def found(position: int) -> bool:
        return everything.contains(position) and test(position)

    return Selection(lambda: filter(test, everything.positions()), found)


def _text(read: Callable[[Scope, int], str]) -> Callable[[Scope, Call], Selection]:
    def build(scope: Scope, call: Call) -> Selection:
        test = text_test(scope, call.arguments[0])
        return _matching(scope, lambda position: test.matches(read(scope, position)))

    return build


def _person(who: str, *fields: str) -> Callable[[Scope, Call], Selection]:
    def build(scope: Scope, call: Call) -> Selection:
        matches = text_test(scope, call.arguments[0]).matches

        def test(position: int) -> bool:
            signature = _signature(scope, who, position)
            return any(matches(getattr(signature, field)) for field in fields)

        return _matching(scope, test)

    return build


def _date(who: str) -> Callable[[Scope, Call], Selection]:
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


def _held(scope: Scope, _call: Call) -> Selection:
    own = scope.facts.email().casefold()
    return _matching(
        scope,
        lambda position: (
            bool(own) and _signature(scope, "author", position).email.casefold() == own
        ),
    )


def _empty(scope: Scope, _call: Call) -> Selection:
    return _matching(scope, scope.facts.is_empty)


def _conflicts(scope: Scope, _call: Call) -> Selection:
    return _matching(scope, scope.facts.is_conflicted)


def _divergent(scope: Scope, _call: Call) -> Selection:
    facts = scope.facts
    return intersection([Selection(lambda: iter(facts.divergent())), scope.universe.all])


def _merges(scope: Scope, _call: Call) -> Selection:
    return _matching(scope, lambda position: len(scope.universe.parents(position)) > 1)


def _forks(scope: Scope, _call: Call) -> Selection:
    return _matching(
        scope, lambda position: len(list(islice(set(scope.universe.children(position)), 2))) > 1
    )


def _described(usage: str, about: str, build: Callable[[Scope, Call], Selection]) -> Function:
    return Function(usage, usage.count("pattern"), usage.count("pattern"), about, build)


FACT_FUNCTIONS: dict[str, Function] = {
    found.usage.partition("(")[0]: found
    for found in (
        _described(
            "author(pattern)",
            "Commits whose author's name or address fits",
            _person("author", "name", "email"),
        ),
        _described("author_date(pattern)", "Commits written after or before", _date("author")),
        _described(
            "author_email(pattern)",
            "Commits whose author's address fits",
            _person("author", "email"),
        ),
        _described(
            "author_name(pattern)", "Commits whose author's name fits", _person("author", "name")
        ),
        _described(
            "committer(pattern)",
            "Commits whose committer's name or address fits",
            _person("committer", "name", "email"),
        ),
        _described("committer_date(pattern)", "Commits made after or before", _date("committer")),
        _described(
            "committer_email(pattern)",
            "Commits whose committer's address fits",
            _person("committer", "email"),
        ),
        _described(
            "committer_name(pattern)",
            "Commits whose committer's name fits",
            _person("committer", "name"),
        ),
        _described("conflicts()", "Commits with unresolved conflicts", _conflicts),
        _described(
            "description(pattern)",
            "Commits whose description, a newline at its end, fits",
            _text(lambda scope, position: scope.facts.description(position)),
        ),
        _described(
            "divergent()", "Visible commits whose change has other visible ones", _divergent
        ),
        _described("empty()", "Commits that add nothing to what they continue", _empty),
        _described("forks()", "Commits with several children", _forks),
        _described("merges()", "Commits with several parents", _merges),
        _described("mine()", "Commits with your e-mail address as the author's", _held),
        _described(
            "model(pattern)",
            "Commits whose conversation names a fitting model",
            _text(lambda scope, position: scope.facts.model(position)),
        ),
        _described(
            "session(pattern)",
            "Commits whose conversation has a fitting id of its own",
            _text(lambda scope, position: scope.facts.session(position)),
        ),
        _described(
            "subject(pattern)",
            "Commits whose description's first line fits",
            _text(lambda scope, position: scope.facts.subject(position)),
        ),
        _described(
            "title(pattern)",
            "Commits that are shown with a fitting title",
            _text(lambda scope, position: scope.facts.title(position)),
        ),
    )
}

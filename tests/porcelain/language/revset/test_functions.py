"""Functions that look at texts, people, dates, names and ids, and how their arguments are read."""

from __future__ import annotations

import pytest

from porcelain.errors import Refused, RevsetSyntaxError
from porcelain.language.revset.evaluate import evaluate
from porcelain.language.revset.parser import parse
from tests.porcelain.language.revset.dag import DAY, NOW, Dag, Person, Told


@pytest.fixture
def dag() -> Dag:
    seconds = NOW // 1000
    told = {
        1: Told("Fix the parser\n\nIt was wrong.\n", "Fix the parser", "opus", "s1"),
        2: Told(
            "",
            "try again",
            "sonnet",
            "s2",
            Person("Bob", "bob@example.org", seconds - 2 * DAY),
            Person("Ada", "ada@example.org", seconds - DAY),
            empty=True,
        ),
        3: Told("fix it\n", "fix it", "opus-2", "s1", conflict=True),
    }
    graph = Dag([(), (1,), (1,), (2, 3)], heads=(4,), current=4, workspaces={"w": 2}, told=told)
    graph.named["sessions"] = {"main": [4], "try/a": [2], "split": [2, 3]}
    graph.named["tags"] = {"v1": [1], "v2": [3]}
    graph.remote[("sessions", "main", "origin")] = (True, [2])
    graph.remote[("sessions", "other", "origin")] = (False, [3])
    graph.remote[("sessions", "main", "backup")] = (False, [1])
    graph.remote[("tags", "v1", "origin")] = (True, [1])
    return graph


def named(dag: Dag, text: str) -> list[int]:
    return list(evaluate(parse(text), dag).positions())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("description('fix it*')", [3]),
        ("description('fix it')", []),  # the newline at its end belongs to it, as in jj
        ("description(substring:wrong)", [1]),
        ("description(substring-i:FIX)", [3, 1]),
        ("description(regex:'^[Ff]ix')", [3, 1]),
        ("description(exact:'')", [4, 2, 0]),
        ("subject('fix it')", [3]),
        ("subject(glob-i:'FIX*')", [3, 1]),
        ("subject(~glob:'*' | exact:'fix it')", [3]),
        ("subject(substring:fix & ~regex:'it$')", []),
        ("subject(substring-i:fix ~ substring:it)", [1]),
        ("title(try*)", [2]),
        ("model(opus*)", [3, 1]),
        ("model(opus)", [1]),
        ("session(s1)", [3, 1]),
        ("author(bob*)", [2]),
        ("author(Bob)", [2]),
        ("author_name(Bob)", [2]),
        ("author_email(Bob)", []),
        ("committer('ada@example.org')", [2]),
        ("committer_name(Ada)", [2]),
        ("committer_email(exact-i:'ADA@example.org')", [2]),
        ("mine()", [4, 3, 1]),
        ("author_date(before:'1 day ago')", [2, 0]),
        ("author_date(after:'1 day ago')", [4, 3, 1]),
        ("committer_date(before:'2026-02-24 00:00Z')", [0]),
        ("committer_date(after:now)", [4, 3, 1]),
        ("author_date(after:2200-01-01)", []),
        ("empty()", [2, 0]),
        ("conflicts()", [3]),
        ("merges()", [4]),
        ("forks()", [1]),
        ("sessions()", [4, 3, 2]),
        ("bookmarks(main)", [4]),
        ("sessions(try/*)", [2]),
        ("bookmarks(split)", [3, 2]),
        ("sessions(~main)", [3, 2]),
        ("tags()", [3, 1]),
        ("tags(v2)", [3]),
        ("tags(nothing)", []),
        ("remote_sessions()", [3, 2, 1]),
        ("remote_bookmarks(main)", [2, 1]),
        ("remote_bookmarks(main, origin)", [2]),
        ("remote_bookmarks(remote=origin)", [3, 2]),
        ("tracked_remote_sessions()", [2]),
        ("untracked_remote_bookmarks(remote=~backup)", [3]),
        ("remote_tags()", [1]),
        ("untracked_remote_tags()", []),
        ("working_copies()", [4, 2]),
        ("commit_id(3)", [3]),
        ("commit_id(77)", []),
        ("exactly(c1 | c2, 2)", [2, 1]),
        ("latest(all())", [4]),
        ("latest(all(), count=2)", [4, 3]),
        ("latest(c1::, 0)", []),
        ("coalesce()", []),
        ("coalesce(present(nothing), c1, c2)", [1]),
        ("immutable_heads()", [3, 1, 0]),
        ("mutable()", [4, 2]),
        ("immutable()", [3, 1, 0]),
        ("trunk()", [0]),
    ],
)
def test_a_function_names_its_commits(dag: Dag, text: str, expected: list[int]) -> None:
    assert named(dag, text) == expected
    assert [p for p in range(5) if evaluate(parse(text), dag).contains(p)] == expected[::-1]


@pytest.mark.parametrize(
    ("text", "span", "reason"),
    [
        ("ancestors(@, x)", (13, 14), "expected a whole number from 0"),
        ("ancestors(@, '1')", (13, 16), "expected a whole number from 0"),
        ("description(x:y)", (12, 15), "invalid string pattern kind `x:`"),
        ("description(regex:'(')", (12, 21), "unterminated subpattern"),
        ("description(@)", (12, 13), "expected a string pattern"),
        ("author_date(2020-01-01)", (12, 22), "expected a date pattern"),
        ("author_date(after:soon)", (12, 22), "neither a date"),
        ("author_date(after:'yesterday 13pm')", (12, 34), "neither a date"),
        ("commit_id(xyz)", (10, 13), "a commit id has only 0 to 9 and a to f"),
        ("change_id(abc)", (10, 13), "a change id has only k to z"),
        ("sessions(a, b)", (9, 13), "Function `sessions`: Expected 0 to 1 arguments"),
        ("remote_tags(where=x)", (12, 19), "Unexpected keyword arguments"),
        ("reachable(@)", (10, 11), "Function `reachable`: Expected 2 arguments"),
        ("immutable(@)", (10, 11), "Function `immutable`: Expected 0 arguments"),
    ],
)
def test_a_wrong_argument_points_at_its_place(
    dag: Dag, text: str, span: tuple[int, int], reason: str
) -> None:
    with pytest.raises(RevsetSyntaxError) as caught:
        named(dag, text)

    assert reason in str(caught.value)
    assert caught.value.span == span


def test_exactly_refuses_any_other_number(dag: Dag) -> None:
    with pytest.raises(Refused, match="The revset has 2 elements, where exactly 3"):
        named(dag, "exactly(c1 | c2, 3)")


def test_the_past_is_asked_with_the_names_of_the_past(dag: Dag) -> None:
    before = Dag([(), (1,), (1,)], heads=(3,), current=3)
    before.named["tags"] = {"v1": [2]}
    dag.pasts = {"@-": before, "abc": before}

    assert named(dag, "at_operation(@-, @)") == [3]
    assert named(dag, "at_operation(@-, tags() | visible_heads())") == [3, 2]
    assert named(dag, "at_operation('abc', all())") == [3, 1, 0]
    assert named(dag, "@ | at_operation(abc, tags(v1))") == [4, 2]


def test_days_are_counted_in_the_local_zone(dag: Dag) -> None:
    assert named(dag, "committer_date(after:'today')") == [4, 3, 1]
    assert named(dag, "committer_date(after:'yesterday') & c2") == [2]
    assert named(dag, "committer_date(before:'yesterday 0:00') & c2") == []
    assert named(dag, "committer_date(after:'yesterday 11:59pm') & c2") == []

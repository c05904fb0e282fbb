from __future__ import annotations

from itertools import islice

import pytest

from porcelain.errors import (
    NotOneCommit,
    RevsetSyntaxError,
    UnknownFunction,
    UnknownRevision,
    UnknownWorkspace,
)
from porcelain.language.revset.evaluate import evaluate, resolve_one
from porcelain.language.revset.parser import parse
from tests.porcelain.language.revset.dag import Dag, chain

#    7   8
#    |\ /
#    5 6      9 is hidden, on 6
#    | |
#    3 4
#     \|
#      2
#      |
#      1
FORKED = [(), (1,), (2,), (2,), (3,), (4,), (5, 6), (6,), (6,)]


@pytest.fixture
def dag() -> Dag:
    return Dag(FORKED, heads=(7, 8), current=7, workspaces={"other": 8})


def named(dag: Dag, text: str) -> list[int]:
    return list(evaluate(parse(text), dag).positions())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all()", [8, 7, 6, 5, 4, 3, 2, 1, 0]),
        ("none()", []),
        ("root()", [0]),
        ("@", [7]),
        ("other@", [8]),
        ("c3@origin", [3]),
        ("@-", [6, 5]),
        ("@--", [4, 3]),
        ("@---------", []),
        ("c2+", [4, 3]),
        ("c2++", [6, 5]),
        ("c6+", [8, 7]),
        ("root()-", []),
        ("@+", []),
        ("::c5", [5, 3, 2, 1, 0]),
        ("c4::", [8, 7, 6, 4]),
        ("c2::c6", [6, 4, 2]),
        ("c3::c6", []),
        ("c2::@", [7, 6, 5, 4, 3, 2]),
        ("c5..c8", [8, 6, 4]),
        ("c8..", [7, 5, 3]),
        ("..c3", [3, 2, 1]),
        ("..", [8, 7, 6, 5, 4, 3, 2, 1]),
        ("::", [8, 7, 6, 5, 4, 3, 2, 1, 0]),
        ("~c4::", [5, 3, 2, 1, 0]),
        ("(c4|c3)..", [8, 7, 6, 5]),
        ("::c8 & ::c7", [6, 4, 2, 1, 0]),
        ("::c7 ~ ::c8", [7, 5, 3]),
        ("c1|c8|c1", [8, 1]),
        ("heads(all())", [8, 7]),
        ("heads(::c8 | c3 | c1)", [8, 3]),
        ("roots(c2::)", [2]),
        ("roots(c8 | c7 | c4 | c3)", [4, 3]),
        ("roots(c8 | c2)", [2]),
        ("roots(all())", [0]),
        ("visible_heads()", [8, 7]),
        ("present(nothing)", []),
        ("present(nobody@) | c1", [1]),
        ("present(c4)", [4]),
    ],
)
def test_a_revset_names_commits_newest_first(dag: Dag, text: str, expected: list[int]) -> None:
    assert named(dag, text) == expected


def test_a_hidden_commit_is_found_only_when_it_is_named(dag: Dag) -> None:
    assert named(dag, "c6+") == [8, 7]
    assert named(dag, "c9") == [9]
    assert named(dag, "c9 & all()") == [9]
    assert named(dag, "all() | c9")[:2] == [9, 8]
    assert named(dag, "c6+ | none() & c9") == [9, 8, 7]
    assert named(dag, "heads(all()) | none() & c9") == [9, 8, 7]
    assert named(dag, "c7.. | none() & c9") == [9, 8]
    assert named(dag, "visible_heads() | none() & c9") == [8, 7]
    assert named(dag, "present(c9 | nothing) | ~c7::") == [8, 6, 5, 4, 3, 2, 1, 0]


def test_a_workspace_without_a_commit_stands_on_the_root() -> None:
    assert named(Dag([(), ()]), "@") == [0]
    assert named(Dag([(), ()]), "@+") == [2, 1]


@pytest.mark.parametrize("text", ["nothing", "x & none()", "none() & nothing", "all()|c99-"])
def test_an_unknown_name_is_an_error_wherever_it_stands(dag: Dag, text: str) -> None:
    with pytest.raises(UnknownRevision):
        evaluate(parse(text), dag)


def test_an_unknown_workspace_is_named() -> None:
    with pytest.raises(UnknownWorkspace, match="Workspace `nobody` doesn't exist"):
        evaluate(parse("nobody@-"), Dag([]))


@pytest.mark.parametrize(
    ("text", "span", "reason"),
    [
        ("all(c1)", (4, 6), "Function `all`: Expected 0 arguments"),
        ("heads()", (6, 6), "Function `heads`: Expected 1 arguments"),
        ("@ | heads(@, @)", (10, 14), "Function `heads`: Expected 1 arguments"),
        ("heads(x=@)", (6, 9), "Function `heads`: Unexpected keyword arguments"),
        ("latest(count=1)", (7, 14), "Function `latest`: Expected 1 to 2 arguments"),
        ("latest(@, 2, count=1)", (7, 20), "Function `latest`: Expected 1 to 2 arguments"),
        (
            "remote_tags(remote=a, remote=b)",
            (12, 30),
            "Function `remote_tags`: Got multiple values for one keyword argument",
        ),
        ("x:y", (0, 3), "`:` is not an infix operator"),
        ("heads(exact:x)", (6, 13), "`:` is not an infix operator"),
        ('@ | ""', (4, 6), "an empty string is not a valid revision"),
        ('present("")', (8, 10), "an empty string is not a valid revision"),
        ('c1@""', (0, 5), "an empty string is not a valid revision"),
    ],
)
def test_a_wrong_use_points_at_its_place(
    dag: Dag, text: str, span: tuple[int, int], reason: str
) -> None:
    with pytest.raises(RevsetSyntaxError) as caught:
        evaluate(parse(text), dag)

    assert caught.value.span == span
    assert reason in str(caught.value)


def test_an_unknown_function_offers_those_that_look_like_it(dag: Dag) -> None:
    with pytest.raises(UnknownFunction) as caught:
        evaluate(parse("@ | rooots(@)"), dag)

    assert str(caught.value) == "Failed to parse revset: Function `rooots` doesn't exist"
    assert caught.value.span == (4, 10)
    assert "`roots`" in caught.value.hint


def test_one_commit_is_one_commit(dag: Dag) -> None:
    assert resolve_one("@-+ & c7", dag) == 7


def test_more_than_one_commit_lists_the_first_five() -> None:
    with pytest.raises(NotOneCommit) as caught:
        resolve_one("::@", chain(9), "commit {}".format)

    assert str(caught.value) == "Revset `::@` resolved to more than one revision"
    shown = "".join(f"\n  commit {position}" for position in (9, 8, 7, 6, 5))
    assert caught.value.hint == f"It names these commits:{shown}\n  ..."


def test_no_commit_is_not_one_commit(dag: Dag) -> None:
    with pytest.raises(NotOneCommit, match=r"Revset `@\+` didn't resolve to any revisions"):
        resolve_one("@+", dag)


@pytest.mark.parametrize(
    "text",
    [
        "all()",
        "::@",
        "::",
        "..@",
        "..",
        "@---..",
        "c50000..@",
        "~root()",
        "(::@)-",
        "all() & ::@",
        "::@ ~ c3",
        "::@ | c5",
        "::@-- & all()",
        "c99990::@",
        "heads(all())",
        "c99980::",
        "roots(c99990..@)",
    ],
)
def test_ten_commits_of_a_hundred_thousand_cost_ten(text: str) -> None:
    long = LONG
    long.read = 0

    assert list(islice(evaluate(parse(text), long).positions(), 10))
    assert long.read < 100


LONG = chain(100_000)


@pytest.mark.parametrize("text", ["@-..@", "@--.. & ::@", "(@- | @--)..@"])
def test_a_difference_ends_where_its_sides_meet(text: str) -> None:
    LONG.read = 0

    assert list(evaluate(parse(text), LONG).positions())
    assert LONG.read < 100


def test_a_selection_is_read_once_and_can_be_read_again() -> None:
    line = chain(20)
    selection = evaluate(parse("::@"), line)
    first = list(islice(selection.positions(), 5))
    read = line.read

    assert list(islice(selection.positions(), 5)) == first
    assert line.read == read
    assert list(selection.positions()) == list(range(20, -1, -1))
    assert selection.contains(3)
    assert not selection.contains(21)


@pytest.mark.parametrize("operator", ["|", "&", "~"])
def test_a_repeated_term_is_looked_up_once(operator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = chain(20)
    asked: list[str | None] = []

    def workspace(name: str | None) -> int:
        asked.append(name)
        return 20

    monkeypatch.setattr(line, "workspace", workspace)

    found = named(line, f" {operator} ".join(["@"] * 50_000))

    assert found == ([] if operator == "~" else [20])
    assert len(asked) <= 2


def test_the_first_of_repeated_terms_is_at_fault() -> None:
    with pytest.raises(RevsetSyntaxError) as caught:
        named(chain(2), "@ | hed(@) | hed(@)")
    assert caught.value.span == (4, 7)


def test_a_union_of_thousands_and_the_deepest_nesting_evaluate() -> None:
    line = chain(5000)
    wide = "|".join(f"c{position}-" for position in range(1, 5000))
    assert named(line, wide) == list(range(4998, -1, -1))
    assert named(line, "@" + "-" * 4000) == [1000]

    deep = "@"
    for _ in range(16):
        deep = f"(::(heads({deep} | c1) & all())- | @)"
    assert named(line, deep)[0] == 5000

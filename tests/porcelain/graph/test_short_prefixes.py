"""Prefixes of ids in a repository: which they name, and which are shown (jj's scenarios)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from porcelain.errors import (
    AmbiguousPrefix,
    ConflictedName,
    DivergentChange,
    Refused,
    UnknownRevision,
)
from porcelain.graph.repo_graph import Preferences, RepoGraph
from porcelain.language.revset.evaluate import evaluate, resolve_one
from porcelain.language.revset.parser import parse
from store.index.commit_index import Index
from tests.harness.world import World
from tests.porcelain.graph.handmade_index import (
    Made,
    full_change,
    full_commit,
    graph,
    handmade_index,
    letters,
)
from tests.porcelain.graph.handmade_index import name as set_name

PLAIN = [Made("12", "41"), Made("13", "42"), Made("2a", "4b"), Made("b1", "c1"), Made("0b", "0c")]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return handmade_index(tmp_path / "r.git", PLAIN)


def shortest(of: RepoGraph, made: Made) -> tuple[int, int]:
    """Return how many digits name a commit, and its change."""
    commit, change = full_commit(made.commit), full_change(made.change)
    return of.commit_ids.shortest(commit), of.change_ids.shortest(change)  # type: ignore[arg-type]


def named(of: RepoGraph, text: str) -> list[int]:
    return list(evaluate(parse(text), of).positions())


def test_without_a_short_set_all_ids_compete(index: Index) -> None:
    of = graph(index)

    assert [shortest(of, made) for made in PLAIN] == [(2, 2), (2, 2), (1, 2), (1, 1), (2, 2)]
    with pytest.raises(AmbiguousPrefix) as caught:
        of.resolve("1")
    assert caught.value.candidates == (full_commit("12")[:12], full_commit("13")[:12])
    with pytest.raises(AmbiguousPrefix, match="Change ID prefix `v` is ambiguous"):
        of.resolve("v")
    assert [of.resolve(text) for text in ("12", "13", "2", letters("41"), letters("c"))] == [
        *(1, 2, 3, 1, 4)
    ]
    for text in ("14", "121", letters("43"), letters("411")):
        with pytest.raises(UnknownRevision):
            of.resolve(text)


def test_a_short_set_is_looked_up_first(index: Index) -> None:
    of = graph(index, f"{full_commit('12')} | {full_commit('2a')}")

    assert [shortest(of, made) for made in PLAIN[:3]] == [(1, 2), (2, 2), (1, 2)]
    assert [of.resolve(text) for text in ("1", "12", "13", "b", letters("42"))] == [1, 1, 2, 4, 2]
    with pytest.raises(AmbiguousPrefix):
        of.resolve(letters("4"))


def test_a_short_set_of_one(index: Index) -> None:
    of = graph(index, "root()")

    assert of.commit_ids.shortest(of.commit_id(0)) == of.change_ids.shortest(of.change_id(0)) == 1
    assert of.resolve("0") == of.resolve("z") == 0
    assert of.resolve("0b") == of.resolve(letters("0c")) == 5
    with pytest.raises(AmbiguousPrefix):
        of.with_prefix("commit", "")


def test_a_broken_short_set_is_told_once_and_stops_who_names_by_prefix(index: Index) -> None:
    told: list[str] = []
    of = RepoGraph(index, "r/default", Preferences(short="nothing", warn=told.append))

    assert shortest(of, PLAIN[3]) == (1, 1)
    assert told == ["Cannot tell which ids are preferred: Revision `nothing` doesn't exist"]
    for text in ("b", letters("c"), full_commit("b1")):
        with pytest.raises(Refused, match="Cannot tell which ids are preferred") as caught:
            of.resolve(text)
    assert "`revsets.short-prefixes`" in caught.value.hint
    assert len(told) == 1


def test_a_divergent_change_is_whole_though_one_of_it_is_preferred(tmp_path: Path) -> None:
    made = [Made("11", "a1"), Made("22", "a5"), Made("33", "a5"), Made("44", "a5ff")]
    index = handmade_index(tmp_path / "r.git", made)
    of = graph(index, full_commit("22"))

    assert shortest(of, made[1]) == (1, 1)
    assert of.with_prefix("change", letters("a")) == [3, 2]
    with pytest.raises(DivergentChange) as caught:
        of.resolve(letters("a"))
    assert caught.value.offsets == (0, 1)
    assert of.resolve(f"{letters('a')}/1") == 2
    assert graph(index).with_prefix("change", letters("a1")) == [1]
    with pytest.raises(AmbiguousPrefix):
        graph(index).resolve(letters("a5"))


def test_a_hidden_commit_is_named_by_its_own_id_alone(tmp_path: Path) -> None:
    made = [Made("21", "51"), Made("22", "52", visible=False), Made("3", "6")]
    index = handmade_index(tmp_path / "r.git", made)

    of = graph(index)
    assert [shortest(of, one) for one in made] == [(2, 2), (2, 2), (1, 1)]
    assert of.resolve("22") == 2
    assert of.with_prefix("commit", "22") == [2]
    with pytest.raises(UnknownRevision):
        of.resolve(letters("52"))
    assert of.with_prefix("change", letters("52")) == []
    assert of.resolve(letters("52") + "/0") == 2

    of = graph(index, full_commit("22"))
    assert shortest(of, made[1]) == (1, 1)
    assert of.resolve("2") == 2
    with pytest.raises(UnknownRevision):
        of.resolve(letters("5"))
    assert of.resolve("21") == 1


def test_what_is_visible_is_preferred_by_default(tmp_path: Path) -> None:
    made = [Made("21", "51"), Made("22", "52", visible=False), Made("3", "6")]
    of = graph(handmade_index(tmp_path / "r.git", made), None)

    assert [shortest(of, one) for one in made] == [(1, 1), (2, 2), (1, 1)]
    assert of.resolve("2") == of.resolve(letters("5")) == 1
    assert of.resolve("22") == 2


def test_a_shown_prefix_is_never_a_name(index: Index) -> None:
    commit, change = full_commit("b1"), full_change("c1")
    for part, text in (("sessions", "b"), ("tags", change[:1])):
        set_name(index, part, text, "12")
    assert shortest(graph(index), PLAIN[3]) == (2, 2)
    for part, text in (("tags", "b1"), ("sessions", change[:2]), ("tags", "b100000")):
        set_name(index, part, text, "12")
    of = graph(index)
    assert shortest(of, PLAIN[3]) == (3, 3)
    assert [of.resolve(text) for text in ("b", "b1", change[:2])] == [1, 1, 1]
    assert of.resolve(commit[:3]) == of.resolve(change[:3]) == 4
    for length in range(3, 40):
        with index.writing() as connection:
            row = ("sessions", commit[:length], full_commit("12"))
            connection.execute("INSERT INTO view_rows VALUES (?, ?, ?)", row)
    assert shortest(graph(index), PLAIN[3]) == (40, 3)


def test_versions_are_listed_newest_first(tmp_path: Path) -> None:
    made = [Made("1", "a", visible=False), Made("2", "a"), Made("3", "a", visible=False)]
    of = graph(handmade_index(tmp_path / "r.git", [*made, Made("4", "ab")]))

    assert [of.resolve(f"{full_change('a')}/{n}") for n in range(3)] == [3, 2, 1]
    assert of.offset(2) == 1
    assert not of.is_divergent(2)
    assert shortest(of, made[0])[1] == 2


def test_ids_in_either_case_and_what_is_none(index: Index) -> None:
    of = graph(index)

    assert of.resolve("2A") == of.resolve(letters("4b").upper()) == 3
    assert of.resolve(full_commit("2a")) == 3
    for text in ("2g", "foo", "c0" * 21, "k/x", "/1", "k/"):
        with pytest.raises(UnknownRevision):
            of.resolve(text)
    assert named(of, "present(77) | commit_id(b)") == [4]
    with pytest.raises(AmbiguousPrefix):
        named(of, "present(1)")
    assert named(of, "commit_id(77)") == named(of, f"change_id({letters('77')})") == []
    assert named(of, f"change_id({letters('c')})") == [4]


def test_and_t80_offsets_of_a_divergent_and_of_a_hidden_change(tmp_path: Path) -> None:
    made = [Made("1", "a"), Made("2", "a"), Made("3", "b", visible=False)]
    of = graph(handmade_index(tmp_path / "r.git", [*made, Made("4", "b", visible=False)]))
    divergent, hidden = full_change("a"), full_change("b")

    with pytest.raises(DivergentChange) as caught:
        of.resolve(divergent)
    named_one, converged = caught.value.hints
    assert named_one == f"Name one of its commits: `{divergent}/0`, `{divergent}/1`"
    assert converged == f"`wj converge {divergent}` makes one of them"
    assert [of.resolve(f"{divergent}/{n}") for n in (0, 1)] == [2, 1]
    assert named(of, f"change_id({divergent})") == [2, 1]
    assert [of.resolve(f"{hidden}/{n}") for n in (0, 1)] == [4, 3]
    assert named(of, f"change_id({hidden})") == []
    for text in (hidden, f"{hidden}/2", f"{divergent}/2"):
        with pytest.raises(UnknownRevision):
            of.resolve(text)


def test_a_tag_comes_before_a_session_and_both_before_ids(index: Index) -> None:
    set_name(index, "sessions", "b1", "12")
    set_name(index, "sessions", "x", "13")
    set_name(index, "tags", "x", "2a")
    set_name(index, "sessions", "@", "b1")
    of = graph(index)

    assert of.resolve("b1") == 1
    assert of.resolve("x") == 3
    assert resolve_one('"@"', of) == 4
    with index.writing() as connection:
        both = f"{full_commit('12')} - {full_commit('13')}"
        connection.execute("UPDATE view_rows SET value = ? WHERE part = 'tags'", (both,))
    with pytest.raises(ConflictedName):
        of.resolve("x")
    assert named(of, "tags(x) | sessions(x)") == [2, 1]


def test_the_past_is_seen_through_the_present_short_set(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    old = world.new("root()", "first").commit
    change = world.repo().change_id(world.repo().graph.position_of(old) or 0)
    with world.repo().transaction("describe") as tx:
        from store.objects.commit import read_commit

        new = tx.write(read_commit(tx.batch, old)._replace(message="second"), [old])
    repo = world.repo()
    past = repo.at_operation("@-").graph
    present = RepoGraph(
        repo.index, repo.workspace_key, Preferences(short="all()", past=lambda _: past)
    )
    prefix = change[: present.change_ids.shortest(change)]

    assert [present.commit_id(p) for p in named(present, prefix)] == [new]
    found = named(present, f"at_operation(@-, {prefix})")
    assert [present.commit_id(p) for p in found] == [old]


def test_a_library_asks_the_past_and_knows_whose_commits_are_its_own(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    one, two = world.new("root()", "one").commit, world.new("@", "two").commit
    repo = world.repo()

    assert repo.resolve("at_operation(@-, @)") == one
    assert repo.resolve("latest(mine())") == two
    assert repo.resolve("subject(one)") == one


_ids = st.text("01", min_size=4, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(_ids, _ids, st.booleans()), max_size=8, unique_by=lambda m: m[0]), st.data()
)
def test_what_is_shown_can_be_typed_back_in(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, bool]],
    data: st.DataObject,
) -> None:
    made = [Made(f"1{commit}", f"1{change}", shown) for commit, change, shown in rows]
    index = handmade_index(tmp_path_factory.mktemp("r") / "r.git", made)
    chosen = data.draw(st.lists(st.sampled_from([m.commit for m in made]))) if made else []
    short = data.draw(
        st.sampled_from([None, "", "all()", "|".join(map(full_commit, chosen)) or "none()"])
    )
    of = graph(index, short)

    for position, one in enumerate(made, 1):
        commit, change = shortest(of, one)
        assert of.resolve(full_commit(one.commit)[:commit]) == position
        visible = [n for n, m in enumerate(made, 1) if m.change == one.change and m.visible]
        prefix = full_change(one.change)[:change]
        assert sorted(of.with_prefix("change", prefix)) == visible
        assert of.resolve(f"{prefix}/{of.offset(position)}") == position

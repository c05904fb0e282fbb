"""The comparison itself: jj is like jj, and a tool that does one thing differently is caught."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random

import pytest

from tests.differential.generator import Generator
from tests.differential.lockstep import Difference, Lockstep, Step, run
from tests.differential.naming import Named, Pairing
from tests.differential.shrinking import shrink
from tests.differential.tools.jj import Filter, Jujutsu, jj_program
from tests.differential.tools.shown import ROOT, Commit, Shown, Target
from tests.differential.tools.wajutsu import takes
from tests.differential.verbs import VERBS, Draw


def maker(folder: Path, change: Filter = list) -> Callable[[], Lockstep]:
    """Return what makes two jj repositories at each call, the second tampered with."""
    numbers = count()

    def make() -> Lockstep:
        place = folder / str(next(numbers))
        place.mkdir()
        one = Jujutsu(place, "first", name="one", seed=1)
        other = Jujutsu(place, "first", name="other", seed=2, change=change)
        return Lockstep(one, other, ("one", "other"))

    return make


def without(flag: str) -> Filter:
    """Return what drops an option from every command."""
    return lambda words: [word for word in words if word != flag]


def steps(*lines: str) -> list[Step]:
    """Return steps s1, s2, … of command lines."""
    return [Step(f"s{n}", tuple(line.split(" "))) for n, line in enumerate(lines, 1)]


@pytest.mark.parametrize("seed", range(3))
def test_jj_does_what_jj_does(seed: int, tmp_path: Path) -> None:
    pair = maker(tmp_path)()

    Generator(seed).steps(pair, 35)

    assert len(pair.steps) >= 35
    assert pair.parted == []


@pytest.mark.parametrize(
    ("flag", "lines"),
    [
        ("--no-edit", ["new {s0.0} -m L1 --no-edit"]),
        ("-B", ["new {s0.0} -m L1", "bookmark create a -r @", "bookmark set a -r {s0.0} -B"]),
        ("--edit", ["new {s0.0} -m L1", "new {s0.0} -m L2 --no-edit", "prev --edit"]),
        (
            "--retain-bookmarks",
            ["new {s0.0} -m L1", "bookmark create a", "abandon --retain-bookmarks"],
        ),
        ("-u", ["new {s0.0} -m L1", "squash -u"]),
        ("-k", ["new {s0.0} -m L1", "squash -u -k"]),
        ("--allow-move", ["new {s0.0} -m L1", "new {s1.0} -m L2", "tag set t -r {s0.0}",
                          "tag set t -r {s1.0} --allow-move"]),
        ("--update-change-id", ["metaedit --update-change-id --force-rewrite", "new {s1.0}"]),
    ],
)  # fmt: skip
def test_a_tool_that_drops_a_flag_is_caught(flag: str, lines: list[str], tmp_path: Path) -> None:
    make = maker(tmp_path, without(flag))

    with pytest.raises(Difference) as found:
        run(steps(*lines), make())

    assert found.value.step.words == tuple(lines[-1].split(" ")) or flag == "--update-change-id"


def test_parents_in_another_order_are_a_difference(tmp_path: Path) -> None:
    def turned(words: list[str]) -> list[str]:
        return (
            ["new", *words[2:0:-1], *words[3:]] if words[:1] == ["new"] and "L3" in words else words
        )

    make = maker(tmp_path, turned)
    lines = steps("new {s0.0} -m L1", "new {s0.0} -m L2", "new {s1.0} {s2.0} -m L3")

    with pytest.raises(Difference, match="graphs"):
        run(lines, make())


def test_an_undo_that_reaches_less_is_caught(tmp_path: Path) -> None:
    def forgetful(words: list[str]) -> list[str]:
        return ["op", "restore", "@-"] if words == ["undo"] else words

    make = maker(tmp_path, forgetful)

    with pytest.raises(Difference):
        run(steps("new {s0.0} -m L1", "new {s1.0} -m L2", "undo", "undo"), make())


def test_a_difference_is_shrunk_to_the_steps_that_it_takes(tmp_path: Path) -> None:
    make = maker(tmp_path, without("--retain-bookmarks"))
    lines = steps(
        "new {s0.0} -m L1",
        "new {s0.0} -m L2",
        "describe {s2.0} -m L3",
        "bookmark create a -r {s1.0}",
        "new {s2.0} -m L4",
        "bookmark create b -r {s5.0}",
        "abandon {s1.0} --retain-bookmarks",
    )
    pair = make()
    with pytest.raises(Difference) as found:
        run(lines, pair)

    shrunk = shrink(pair.steps, make, found.value.what)

    assert str(shrunk).count("  # s") == 2 * 3
    assert "jj --ignore-working-copy bookmark create a -r" in str(shrunk)
    assert "L3" not in str(shrunk)


def test_the_script_of_a_sequence_makes_the_same_commits(tmp_path: Path) -> None:
    pair = maker(tmp_path)()
    run(steps("new {s0.0} -m L1", "new {s0.0} {s1.0} -m L2", "undo"), pair)
    again = tmp_path / "again"
    again.mkdir()

    script = pair.script().split("# other")[0]
    subprocess.run(["sh", "-ec", script], cwd=again, check=True, capture_output=True)

    tool = Jujutsu(tmp_path / "0", "first", name="third", seed=1)
    tool.files.path = again / "one" / ".jj" / "repo"
    assert tool.shown() == pair.shown[0]


def test_jj_s_files_say_what_jj_says(tmp_path: Path) -> None:
    pair = maker(tmp_path)()
    Generator(3).steps(pair, 35)
    shown = pair.shown[0]
    log = 'separate(" ", commit_id, change_id, parents.map(|p| p.commit_id())) ++ "\\n"'
    names = (
        'name ++ " " ++ added_targets.map(|c| c.commit_id()).join(",") ++ " " '
        '++ removed_targets.map(|c| c.commit_id()).join(",") ++ "\\n"'
    )

    said = _asked(tmp_path, "log", "--no-graph", "-r", "all() ~ root()", "-T", log)
    assert sorted(said) == sorted(
        " ".join([c.id, c.change, *c.parents])
        for c in (shown.commits[commit_id] for commit_id in shown.visible)
    )
    assert _asked(tmp_path, "log", "--no-graph", "-r", "@", "-T", 'commit_id ++ "\\n"') == [
        shown.at
    ]
    for kind, found in (("bookmark", shown.bookmarks), ("tag", shown.tags)):
        rows = [line.split(" ") for line in _asked(tmp_path, kind, "list", "-T", names)]
        assert {row[0]: Target(*(_sides(text) for text in row[1:])) for row in rows} == found


def _sides(text: str) -> tuple[str, ...]:
    return tuple(sorted(text.split(","))) if text else ()


def _asked(folder: Path, *words: str) -> list[str]:
    command = [jj_program(), "--ignore-working-copy", *words]
    done = subprocess.run(command, cwd=folder / "0" / "one", capture_output=True, check=True)
    return done.stdout.decode().splitlines()


def shown(*commits: tuple[str, str, str], at: str | None = None) -> Shown:
    """Return a state of commits (id, title, parent ids), each of a change of its own."""
    made = {
        i: Commit(i, f"c{i}", title, tuple(parents.split()) or (ROOT,))
        for i, title, parents in commits
    }
    return Shown("", made, frozenset(made), at, {}, {})


class TestPairing:
    def test_the_same_graph_with_other_ids_is_the_same(self) -> None:
        left = shown(("a", "L1", ""), ("b", "L2", "a"), ("c", "", "b a"), at="c")
        right = shown(("z", "", "x y"), ("x", "L2", "y"), ("y", "L1", ""), at="z")

        found = Pairing().compare(left, right, "s1")

        assert isinstance(found, Named)
        assert found.commits["s1.2@s1"].parents == ("s1.1@s1", "s1.0@s1")

    def test_interchangeable_commits_are_paired_with_their_own_children(self) -> None:
        left = shown(("a", "", ""), ("b", "", ""), ("c", "", "a"), ("d", "", "b"))
        right = shown(("1", "", ""), ("2", "", ""), ("3", "", "2"), ("4", "", "1"))

        assert isinstance(Pairing().compare(left, right, "s1"), Named)

    def test_a_change_stays_the_same_in_both(self) -> None:
        pairing = Pairing()
        pairing.compare(shown(("a", "L1", "")), shown(("1", "L1", "")), "s1")
        left = shown(("a", "L1", ""))
        other = {"2": Commit("2", "another", "L1", (ROOT,))}

        found = pairing.compare(left, Shown("", other, frozenset(other), None, {}, {}), "s2")

        assert isinstance(found, str)

    @pytest.mark.parametrize(
        "right",
        [
            shown(("1", "L1", ""), ("2", "L2", "")),
            shown(("1", "L1", ""), ("2", "", "1")),
            shown(("1", "L1", ""), ("2", "L2", "1"), at="2"),
            shown(("1", "L1", "")),
        ],
    )
    def test_other_parents_titles_positions_or_commits_are_not(self, right: Shown) -> None:
        left = shown(("a", "L1", ""), ("b", "L2", "a"), at="a")

        assert isinstance(Pairing().compare(left, right._replace(at=right.at or "1"), "s1"), str)


def test_wj_has_every_command_that_is_compared_with_its_options() -> None:
    commits = {f"s{n}.0@s{n}": Commit(f"s{n}.0@s{n}", f"s{n}.0", "", ("root()",)) for n in range(3)}
    names = {"a": Target(("s0.0@s0",)), "b": Target(("s1.0@s1",))}
    now = Named(commits, "s1.0@s1", names, {}, frozenset())
    missing = set()
    for name, (_, verb) in VERBS.items():
        for seed in range(60):
            words = verb(Draw(now, Random(seed), iter(["L"] * 9)))
            if words is not None and not takes(words):
                missing.add(f"{name}: {' '.join(w for w in words if w[:1] == '-')}")

    assert missing == set()

"""Files of git that only git needs: damage is reported and repaired, replacements are mentioned."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.maintenance.doctor import examine
from porcelain.maintenance.repair import repair
from store.errors import NotARepository
from store.repository.repository import Repository
from tests.harness.bare import git
from tests.harness.world import World, check
from tests.porcelain.maintenance.test_doctor import begun, found, opened, run_repair


@pytest.fixture
def world(tmp_path: Path) -> World:
    return begun(tmp_path / "r.git")


@pytest.mark.parametrize("head", ["", "refs/heads/main\n", "ref: elsewhere\n", "0123\n"])
def test_a_broken_head_is_reported_and_repaired(world: World, head: str) -> None:
    (world.path / "HEAD").write_text(head)

    assert "git refuses the repository" in found(world)["head"][0]
    run_repair(world)
    assert found(world) == {}
    git(world.path, "rev-parse", "--git-dir")
    check(world)


def test_a_missing_head_is_written_again(world: World) -> None:
    (world.path / "HEAD").unlink()
    with pytest.raises(NotARepository, match="its HEAD is missing") as caught:
        Repository.open(str(world.path))
    assert "wj doctor --fix" in caught.value.hint

    repository = Repository.open(str(world.path), headless=True)
    examined = examine(repository, patience=0)
    assert [one.check for one in examined.faults] == ["head"]
    repair(repository, world.actor, examined)
    assert found(world) == {}
    git(world.path, "rev-parse", "--git-dir")
    check(world)


def test_a_folder_without_a_head_that_is_not_ours_is_no_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "theirs.git")
    (tmp_path / "theirs.git" / "HEAD").unlink()
    with pytest.raises(NotARepository, match="is not a bare git repository"):
        Repository.open(str(tmp_path / "theirs.git"), headless=True)


@pytest.mark.parametrize("head", ["ref: refs/heads/x\n", "ref: refs/sessions/talk", "detached"])
def test_any_head_of_git_is_sound(world: World, head: str) -> None:
    text = world.git("rev-parse", "refs/sessions/talk") if head == "detached" else head
    (world.path / "HEAD").write_text(text)

    assert found(world) == {}


def graph(world: World, *options: str) -> list[Path]:
    git(world.path, "commit-graph", "write", "--reachable", *options)
    return sorted((world.path / "objects" / "info").rglob("*graph"))


@pytest.mark.parametrize("options", [(), ("--split",)])
def test_a_damaged_commit_graph_is_reported_and_removed(
    world: World, options: tuple[str, ...]
) -> None:
    files = [file for file in graph(world, *options) if file.is_file()]
    assert found(world) == {}
    file = files[-1]
    data = bytearray(file.read_bytes())
    for place in (8, len(data) // 2, len(data) - 3):
        bad = bytearray(data)
        bad[place] ^= 4
        file.chmod(0o644)
        file.write_bytes(bad)
        assert "is damaged; git can do without it" in found(world)["commit graph"][0]
    run_repair(world)
    assert found(world) == {}
    assert not file.exists()
    check(world)


@pytest.mark.parametrize("text", ["[core\n", '[a "b]\n', '[core]\n\tx = "open\n', "= 1\n"])
def test_a_config_that_git_cannot_read_is_reported(world: World, text: str) -> None:
    with (world.path / "config").open("a") as file:
        file.write(text)

    (message,) = found(world)["settings"]
    assert "git cannot read the repository's config" in message
    assert "bad config line" in message


def test_replacements_and_grafts_are_mentioned(world: World) -> None:
    tip, parent = world.git("rev-parse", "refs/sessions/talk", "refs/sessions/talk~").split()
    git(world.path, "replace", tip, parent)
    (world.path / "info").mkdir(exist_ok=True)
    (world.path / "info" / "grafts").write_text(f"{tip}\n")

    report = examine(opened(world), patience=0.01)

    assert report.faults == []
    assert [one.message for one in report.findings if one.check == "replacements"] == [
        "git shows 1 object as something else (refs/replace/); wj shows them as they are",
        "git gives commits other parents (info/grafts); wj shows them as they are",
    ]

"""`wj converge`."""

from __future__ import annotations

from tests.porcelain.cli.conflicted import diverge, save, texts
from tests.porcelain.cli.sandbox import Sandbox


def test_two_agents_at_once_become_one_line_again(box: Sandbox) -> None:
    diverge(box)
    assert len(box.json("log -r 'divergent()'")) == 2
    assert "`wj converge`" in box.ok("status")
    before = box.json("log")

    said = box.ok("converge")

    assert "Converged 2 versions into" in said
    assert "Working copy  (@) now at: " in said
    assert texts(box, "@")[:2] == ["one", "two"]
    assert sorted(texts(box, "@")[2:]) == ["left", "right"]
    assert box.json("log -r 'divergent()'") == []
    assert box.one("@")["sessions"] == ["talk"]
    assert box.json("session list")[0]["conflicted"] is False
    box.ok("undo")
    assert box.json("log") == before


def test_a_change_id_stands_for_its_versions(box: Sandbox) -> None:
    diverge(box)
    change = box.json("log -r 'divergent()'")[0]["change_id"]
    olds = {commit["commit_id"] for commit in box.json("log -r 'divergent()'")}
    data = box.json(f"converge {change[:8]}")
    (one,) = data["converged"]
    assert one["change_id"] == change
    assert set(one["versions"]) == olds
    assert one["commit_id"] == box.one("@")["commit_id"]
    assert set(data["rewritten"][0]["from"]) == olds


def test_with_nothing_divergent_there_is_nothing_to_do(box: Sandbox) -> None:
    diverge(box)
    box.ok("converge")
    before = box.json("op log -n 1")
    assert "There are no divergent changes to converge.\n" in box.ok("converge")
    assert "There are no divergent changes to converge.\n" in box.ok("converge -r 'all()'")
    assert box.json("op log -n 1") == before


def described_twice(box: Sandbox) -> str:
    """Describe `@` in two concurrent commands; return its change id."""
    box.ok("init")
    save(box, "one two", "")
    began = box.json("op log -n 1")[0]["id"]
    box.ok("describe -m first")
    box.ok(f"describe -m second --at-op {began}")
    return str(box.json("log -r 'divergent()'")[0]["change_id"])


def test_descriptions_are_the_users_choice(box: Sandbox) -> None:
    change = described_twice(box)
    before = box.json("op log -n 1")
    for words in (["converge"], ["converge", change]):
        done = box.run(*words)
        assert done.code == 1
        assert "are described differently" in done.err
        assert ": first\n" in done.err
        assert ": second\n" in done.err
        assert "--description-of VERSION" in done.err
    assert box.json("op log -n 1") == before
    for version in box.json("log -r 'divergent()'"):
        box.ok(f"converge {change} --description-of {version['commit_id']}")
        assert box.one("@")["title"] == version["title"]
        box.ok("undo")
    box.ok(f"converge {change} -m third")
    assert box.one("@")["title"] == "third"
    assert "third" not in str(box.json("op log -n 1"))


def test_a_change_that_needs_a_choice_is_left_where_others_can_be_settled(box: Sandbox) -> None:
    described_twice(box)
    box.ok("new root()")
    began = box.json("op log -n 1")[0]["id"]
    box.ok("append -m left --session other")
    box.ok(f"append -m right --session other --at-op {began}")
    assert len(box.json("log -r 'divergent()'")) == 4
    done = box.run("converge")
    assert done.code == 0
    assert "Not converged: The versions of change" in done.err
    assert len(box.json("log -r 'divergent()'")) == 2


def test_an_immutable_version_is_left_alone(box: Sandbox) -> None:
    diverge(box)
    change = box.json("log -r 'divergent()'")[0]["change_id"]
    box.ok(f"tag set v1 -r {change}/0")
    assert "There are no divergent changes to converge.\n" in box.ok("converge")
    done = box.run("converge", change)
    assert done.code == 1
    assert "one of its versions is mutable" in done.err
    assert box.run("converge", f"change_id({change})").code == 1
    assert len(box.json("log -r 'divergent()'")) == 2
    box.ok(f"converge {change} --ignore-immutable")
    assert box.json("log -r 'divergent()'") == []


def test_wrong_options_are_refused(box: Sandbox) -> None:
    change = described_twice(box)
    assert box.run("converge", "-m", "x", "--description-of", f"{change}/0").code == 2
    done = box.run("converge", change, "--parents-of", "root()")
    assert done.code == 1
    assert "is no version of change" in done.err
    assert box.run("converge", "nothing").code == 1


def test_of_three_versions_two_can_be_combined_and_the_third_is_told_of(box: Sandbox) -> None:
    box.ok("init")
    save(box, "one two", "")
    box.ok("new talk")
    box.ok("workspace add second")
    began = box.json("op log -n 1")[0]["id"]
    box.ok("append -m left")
    box.ok(f"append -m right --at-op {began}")
    box.ok(f"append -m third --at-op {began}")
    versions = [commit["commit_id"] for commit in box.json("log -r 'divergent()'")]
    assert len(versions) == 3
    said = box.ok(f"converge {versions[0]} {versions[1]}")
    assert "Converged 2 versions into" in said
    assert "stays divergent: 1 of its versions was not named, or is immutable\n" in said
    assert len(box.json("log -r 'divergent()'")) == 2
    box.ok("converge")
    assert sorted(texts(box, "talk")) == ["left", "one", "right", "third", "two"]


def test_other_workspaces_follow(box: Sandbox) -> None:
    diverge(box)
    versions = [commit["commit_id"] for commit in box.json("log -r 'divergent()'")]
    box.ok("workspace add second")
    for version in versions:
        box.ok(f"edit {version} --workspace second")
        box.ok("converge")
        assert box.json("status --workspace second")["commit"] == box.json("log -r talk")[0] | {
            "current": True
        }
        box.ok("undo")

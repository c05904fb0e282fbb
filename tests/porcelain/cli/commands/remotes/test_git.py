"""`wj git`: remotes, fetch, push, clone; two users with a bare repository between them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.harness.bare import fsck, git, leftovers
from tests.porcelain.cli.sandbox import Sandbox


class Team:
    """Ada's repository, a hub, and Bob's clone once it is made."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.hub = box.folder / "hub.git"
        git(box.folder, "init", "--quiet", "--bare", str(self.hub))
        box.begin(2)
        box.ok(f"git remote add origin {self.hub}")

    def ada(self, line: str) -> str:
        return self.box.wj(line)

    def bob(self, line: str) -> str:
        return self.box.wj(f"{line} -R bob.git")

    def clone(self) -> str:
        return self.box.ok("git clone hub.git bob.git")

    def refs(self) -> dict[str, str]:
        """Return the refs of the hub and what they point to."""
        lines = git(self.hub, "for-each-ref", "--format=%(refname) %(objectname)").decode()
        return dict(line.split(" ") for line in lines.splitlines())


@pytest.fixture
def team(box: Sandbox) -> Team:
    """Return two users and a hub."""
    return Team(box)


def test_a_conversation_goes_to_another_machine_and_back(team: Team) -> None:
    assert (
        team.ada("git push --session demo")
        == """\
Changes to push to origin:
  session: demo [add to c1..........]
"""
    )
    assert (
        team.clone()
        == """\
Cloning $DIR/hub.git into $DIR/bob.git
session: demo@origin [new] tracked
Working copy  (@) now at: qrnzlsvs c1...... demo | q2
Parent commit (@-)      : omrzzpmq c2...... q1
"""
    )
    team.bob("append -m more")
    assert (
        team.bob("git push")
        == """\
Changes to push to origin:
  session: demo [move forward from c1.......... to c3..........]
"""
    )
    assert team.bob("git push") == "Nothing changed.\n"
    assert team.ada("git fetch") == "session: demo@origin [updated] tracked\n"
    assert team.ada("git fetch") == "Nothing changed.\n"
    assert team.box.titles("demo") == ["more"]
    assert team.box.ok("undo").startswith("Undid operation")
    assert team.box.titles("demo") == ["q2"]
    fsck(team.hub)
    assert leftovers(team.box.repo) == []


def test_what_is_not_tracked_is_a_pointer(team: Team) -> None:
    team.ada("git push --all")
    team.clone()
    team.bob("fork demo theirs")
    team.bob("git push -s theirs")

    assert team.ada("git fetch") == "session: theirs@origin [new] untracked\n"
    assert sorted(team.box.sessions()) == ["demo"]
    log = team.ada("log")
    assert " theirs@origin " in log
    assert "demo@origin" not in log  # it is where demo is
    assert "Sessions : theirs@origin\n" in team.ada("show theirs@origin")
    names = team.ada("log -r theirs@origin -T 'remote_bookmarks ++ local_bookmarks' --no-graph")
    assert names == "theirs@origin"
    assert len(team.box.titles("theirs@origin")) == 1
    assert [one["title"] for one in team.box.json("leaves --remote")] == team.box.titles(
        "theirs@origin"
    )
    assert "tracking 1 remote session" in team.ada("session track theirs@origin")
    assert sorted(team.box.sessions()) == ["demo", "theirs"]

    team.box.ok("config set --user git.auto-track.origin '[\"*\"]'")
    team.bob("fork demo other")
    team.bob("git push -s other")
    assert team.ada("git fetch") == "session: other@origin [new] tracked\n"


def test_both_moved_it(team: Team) -> None:
    team.ada("git push --all")
    team.clone()
    team.bob("append -m from-bob")
    team.bob("git push")
    team.ada("append -m from-ada")

    assert (
        team.ada("git push")
        == """\
Changes to push to origin:
  session: demo [move forward from c1.......... to c4..........]
Warning: origin did not take session demo: it has moved there since the last fetch
Error: Failed to push 1 name to origin
Hint: `wj git fetch` shows what moved there; then push again
[exit 1]
"""
    )
    said = team.ada("git fetch")
    assert "session: demo@origin [updated] tracked" in said
    assert "Session demo is conflicted now; `wj session set demo -r REV` settles it" in said
    assert "Session demo is conflicted" in team.ada("git push")
    assert "Session demo is conflicted" in team.ada("git push -s demo")
    team.ada("rebase -s @ -o demo@origin")
    team.ada("session set demo")
    assert "move forward" in team.ada("git push")
    assert team.box.titles("::demo & ~root()") == ["from-ada", "from-bob", "q2", "q1"]


def test_what_was_rewritten_elsewhere_takes_local_work_along(team: Team) -> None:
    team.ada("git push --all")
    team.clone()
    team.ada("new demo -m mine")
    team.bob("describe -r demo -m better --ignore-immutable")
    team.bob("git push")

    said = team.ada("git fetch")
    assert "Updated 1 rewritten commit." in said
    assert "Rebased 1 descendant commit" in said
    assert team.box.titles("::@ & ~root()") == ["mine", "better", "q1"]


def test_what_was_deleted_elsewhere_goes_here_too(team: Team) -> None:
    team.ada("fork demo try")
    team.ada("append -m on-try")
    team.ada("edit demo")
    team.ada("git push --all")
    team.clone()
    team.bob("session delete try")
    assert "[delete from " in team.bob("git push --deleted")

    said = team.ada("git fetch")
    assert "session: try@origin [deleted] tracked" in said
    assert "Abandoned 1 commit that the remote no longer has." in said
    assert sorted(team.box.sessions()) == ["demo"]
    team.ada("undo")
    assert sorted(team.box.sessions()) == ["demo", "try"]


def test_unnamed_work_is_pushed_under_a_name_of_its_own(team: Team) -> None:
    team.ada("new demo -m idea")
    change = team.box.one("@")["change_id"]
    name = f"push-{change[:12]}"
    assert f"session: {name} [add to" in team.ada("git push -c @")
    assert name in team.box.sessions()
    team.ada("describe -m better")
    assert f"session: {name} [move sideways" in team.ada("git push -c @")


def test_a_plan_can_be_looked_at_first(team: Team) -> None:
    assert team.ada("git push --all --dry-run").endswith("Dry-run requested, not pushing.\n")
    assert team.refs() == {}
    assert team.box.json("git push --all --dry-run")["pushed"][0]["name"] == "demo"
    said = team.ada("git push")
    assert said.startswith("Nothing changed.\nHint: Only tracked sessions at `@`")


def test_private_and_conflicted_commits_stay(team: Team) -> None:
    team.box.ok("config set --user git.private-commits 'description(glob:private*)'")
    team.ada("new demo -m private-thoughts")
    assert "it is private" in team.ada("git push -c @")
    team.ada("session create secret")
    said = team.ada("git push --all")
    assert "Warning: Won't push commit" in said
    assert list(team.refs()) == ["refs/sessions/demo"]
    assert "[add to" in team.ada("git push -s secret --allow-private")


def test_secrets_are_not_sent_unasked(team: Team) -> None:
    team.ada("append -m 'the key is ghp_abcdefghijklmnopqrstuvwxyz0123456789'")
    said = team.ada("git push --all")
    assert "would be sent may hold a secret" in said
    assert "message 5" in said
    assert "`wj redact --secrets` removes them" in said
    assert "[exit 1]" in said
    assert team.refs() == {}
    assert "[add to" in team.ada("git push --all --allow-secrets")


@pytest.mark.parametrize("line", ["git push --all", "git fetch", "sync", "bundle apply x"])
def test_other_repositories_see_the_newest_state(team: Team, line: str) -> None:
    assert "--at-op is not respected" in team.ada(f"{line} --at-op @-")
    assert team.refs() == {}


def test_tags_go_along_when_named(team: Team) -> None:
    team.ada("tag set v1 -r demo-")
    assert "tag: v1 [add to" in team.ada("git push -t v1")
    team.ada("git push --all")
    assert "tag: v1@origin" in team.clone()
    assert team.box.run("log", "-r", "v1", "-R", "bob.git").code == 0


def test_a_clone_of_nothing_and_of_nowhere(team: Team) -> None:
    assert "Nothing changed." in team.clone()
    said = team.box.wj("git clone nowhere.git there.git")
    assert "there is no git repository" in said
    assert not (team.box.folder / "there.git").exists()
    (team.box.folder / "full").mkdir()
    (team.box.folder / "full" / "file").write_bytes(b"x")
    assert "is not an empty folder" in team.box.wj("git clone hub.git full")
    assert (team.box.folder / "full" / "file").exists()
    assert "[exit 1]" in team.box.wj("git clone -- --upload-pack=x there.git")


def test_remotes_are_renamed_and_removed_with_their_names(team: Team) -> None:
    team.ada("git push --all")
    assert team.ada("git remote rename origin up") == "Renamed remote origin to up\n"
    assert "  @up:" in team.ada("session list -a")
    assert team.box.json("git remote list") == [
        {"name": "up", "url": str(team.hub), "push_url": str(team.hub)}
    ]
    team.ada("git remote remove up")
    assert "@up" not in team.ada("session list -a")
    assert "There are no git remotes" in team.ada("git fetch")
    assert "[exit 1]" in team.ada("git remote remove up")


def test_several_remotes_are_one_operation(team: Team) -> None:
    team.ada("git push --all")
    git(team.box.folder, "clone", "--quiet", "--mirror", str(team.hub), "second.git")
    team.ada("git remote add second second.git")
    before = len(team.box.json("op log"))
    said = team.ada("git fetch --all-remotes")
    assert "session: demo@second [new] untracked" in said
    assert len(team.box.json("op log")) == before + 1
    assert "No git remote named nope" in team.ada("git push --remote nope")


def test_a_remote_that_takes_only_branches(team: Team) -> None:
    team.box.ok("config set --user git.namespace wj")
    team.ada("git push --all")
    assert list(team.refs()) == ["refs/heads/wj/sessions/demo"]
    assert "session: demo@origin [new] tracked" in team.clone()


def test_hostile_refs_are_told_and_left(team: Team) -> None:
    blob = git(team.hub, "hash-object", "-w", "--stdin", data=b"x").decode().strip()
    git(team.hub, "update-ref", "refs/tags/odd", blob)
    git(team.hub, "update-ref", "refs/sessions/" + "a" * 32, team_tip(team))
    said = team.ada("git fetch")
    assert "Not fetched: refs/tags/odd does not lead to a commit" in said
    assert "@origin [new] untracked" in said
    fsck(team.box.repo)


def team_tip(team: Team) -> str:
    """Put a commit into the hub and return it."""
    git(team.box.repo, "push", "--quiet", str(team.hub), "refs/sessions/demo:refs/heads/x")
    return git(team.hub, "rev-parse", "refs/heads/x").decode().strip()


def test_commands_without_git_give_the_one_that_is_meant(box: Sandbox) -> None:
    for word in ("clone", "fetch", "push"):
        said = box.wj(word)
        assert f"Hint: `wj git {word}" in said
        assert "[exit 2]" in said


def test_git_import_and_export(team: Team) -> None:
    git(team.box.repo, "update-ref", "refs/sessions/outside", team.box.one("demo")["commit_id"])
    assert "Recorded 1 change that others made to the refs" in team.ada("git import")
    assert team.ada("git export") == "Nothing changed.\n"


def test_the_folder_of_a_clone_is_named_by_its_url(team: Team) -> None:
    team.ada("git push --all")
    os.mkdir(team.box.folder / "in")
    os.chdir(team.box.folder / "in")
    team.box.ok("git clone ../hub.git")
    assert Path("hub.git", "HEAD").exists()
    team.box.ok("status -R hub.git")

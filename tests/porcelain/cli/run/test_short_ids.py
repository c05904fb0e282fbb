"""Short ids, revset aliases and immutable commits in output."""

from __future__ import annotations

import pytest

from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox


def line(box: Sandbox, *titles: str) -> None:
    """Make empty changes with these titles, each on the one before."""
    box.ok("init")
    for title in titles:
        box.ok(f"new -m {title}" if title != titles[0] else f"new root() -m {title}")


def prefixes(box: Sandbox, *options: str) -> dict[str, str]:
    """Return the shortest prefix that is shown for each title."""
    words = ("log", "-G", "-T", r'change_id.shortest() ++ " " ++ description ++ "\n"', *options)
    done = box.run(*words)
    assert done.code == 0, done.both
    rows = [row.partition(" ") for row in done.out.splitlines() if row.strip()]
    return {title: prefix for prefix, _, title in rows if title}


def test_shown_prefixes_shrink_in_a_short_set_and_grow_without_one(box: Sandbox) -> None:
    line(box, *(f"t{number}" for number in range(20)))

    usual = prefixes(box)
    short = prefixes(box, "--config", "revsets.short-prefixes=@|@-")
    none = prefixes(box, "--config", "revsets.short-prefixes=")

    assert {len(prefix) for prefix in usual.values()} == {1, 2}
    assert len(short["t19"]) == len(short["t18"]) == 1
    assert none == usual
    for title, prefix in short.items():
        found = box.run(
            *("log", "-G", "-T", "description", "-r", prefix),
            *("--config", "revsets.short-prefixes=@|@-"),
        )
        assert found.out == f"{title}\n"


def test_unset_short_prefixes_are_those_of_the_log(box: Sandbox) -> None:
    line(box, *(f"t{number}" for number in range(20)))
    usual = prefixes(box)
    (longer,) = list(dict.fromkeys(t for t, prefix in usual.items() if len(prefix) > 1))[:1]

    one = prefixes(box, "--config", f"revsets.log=subject({longer})", "-r", "all()")

    assert len(one[longer]) == 1


def test_names_lengthen_what_is_shown(box: Sandbox) -> None:
    line(box, "one")
    before = prefixes(box)["one"]
    box.ok(f"session create {before}")

    assert len(prefixes(box)["one"]) == len(before) + 1
    assert box.titles(before) == ["one"]


def test_hidden_commits_count_only_where_there_is_no_short_set(box: Sandbox) -> None:
    line(box, "one")
    for number in range(40):
        box.ok(f"new root() -m gone{number}")
    gone = box.json("log -r 'subject(gone*)'")
    box.run("abandon", "-r", "subject(gone*)")
    (kept,) = box.json("log -r 'subject(one)'")

    assert prefixes(box)["one"] == kept["change_id"][:1]
    for hidden in gone:
        assert box.titles(hidden["commit_id"]) == [hidden["title"]]
        assert box.run("log", "-r", hidden["change_id"]).code == 1


@pytest.mark.parametrize("command", ["log", "status", "show", "session list", "new"])
def test_a_short_set_that_is_no_revset_stops_every_command(box: Sandbox, command: str) -> None:
    line(box, "one")

    said = box.wj(f"{command} --config revsets.short-prefixes=!!")

    assert said.startswith(
        "Config error: --config: revsets.short-prefixes: is not a revset: `!` is not a prefix"
    )
    assert said.endswith("[exit 1]\n")


def test_a_short_set_that_fails_warns_who_looks_and_stops_who_names(box: Sandbox) -> None:
    line(box, "one", "two")
    (commit,) = box.json("log -r @-")

    shown = box.run("log", "--config", "revsets.short-prefixes=nothing")
    assert shown.code == 0
    assert shown.err == (
        "Warning: Cannot tell which ids are preferred: Revision `nothing` doesn't exist\n"
    )
    assert "one" in shown.out

    named = box.run(
        "log", "-r", commit["change_id"][:4], "--config", "revsets.short-prefixes=nothing"
    )
    assert named.code == 1
    assert "Error: Cannot tell which ids are preferred" in named.err
    assert box.run("log", "-r", "@-", "--config", "revsets.short-prefixes=nothing").code == 0


def test_both_versions_of_a_divergent_change_are_marked(box: Sandbox) -> None:
    line(box, "one")
    assert "divergent" not in box.ok("log")
    (operation,) = box.json("op log -n 1")
    box.ok("describe -m left")
    box.ok(f"describe -m right --at-op {operation['id']}")

    shown = box.ok("log")

    assert shown.count("(divergent)") == 2
    (change,) = {commit["change_id"] for commit in box.json("log -r 'divergent()'")}
    assert sorted(box.titles("divergent()")) == ["left", "right"]
    assert {box.one(f"{change}/{n}")["title"] for n in (0, 1)} == {"left", "right"}
    said = box.wj(f"log -r {change}")
    assert said.startswith(
        f"Error: Change ID `{change}` is divergent\nHint: Name one of its commits"
    )


def test_aliases_are_names_for_revsets(box: Sandbox) -> None:
    line(box, "one", "two", "three")
    box.ok("config set --user 'revset-aliases.newest' '@|@-'")
    box.ok("""config set --repo 'revset-aliases."below(x, n)"' 'ancestors(x, n) ~ x'""")

    assert box.titles("newest") == ["three", "two"]
    assert box.titles("below(@, 2)") == ["two"]
    said = box.wj("log -r 'below(@)'")
    assert "Function `below`: Expected 2 arguments" in said


def test_an_alias_that_is_declared_wrongly_is_told(box: Sandbox) -> None:
    line(box, "one")

    said = box.run("log", "--config", "revset-aliases.'f('=@")

    assert said.code == 0
    assert said.err == "Warning: revset-aliases: `f(` does not declare an alias\n"


def test_the_past_can_be_asked_within_a_revset(box: Sandbox) -> None:
    line(box, "one", "two", "three")

    assert box.titles("at_operation(@-, @)") == ["two"]
    assert box.titles("at_operation(@--, visible_heads()) | @") == ["three", "one"]
    assert "No operation ID matching" in box.wj("log -r 'at_operation(ffffff, @)'")


def test_what_is_immutable_has_a_sign_of_its_own(box: Sandbox) -> None:
    line(box, "one", "two", "three", "four")
    box.ok("edit @---")
    git(box.repo, "tag", "v1", box.one("subject(two)")["commit_id"])
    git(box.repo, "tag", "v0", box.one("subject(one)")["commit_id"])

    drawn = box.run("log", "-T", "description")
    listed = box.run("log", "-G", "-T", r'immutable ++ " " ++ description.first_line() ++ "\n"')

    assert drawn.out.split() == ["○", "four", "○", "three", "◆", "two", "@", "one", "◆"]
    assert listed.out.splitlines() == [
        *("false four", "false three", "true two", "true one", "true "),
    ]
    assert box.titles("immutable()") == ["two", "one", ""]
    configured = box.run(
        *("log", "-T", "description"),
        *("--config", "revset-aliases.'immutable_heads()'=none()"),
    )
    assert "◆  two" not in configured.out


def test_a_configured_immutable_set_that_fails_warns_who_looks(box: Sandbox) -> None:
    line(box, "one")
    broken = ("--config", "revset-aliases.'immutable_heads()'=nothing", "-r", "all()")

    said = box.run("log", *broken)
    box.ok("new")
    said = box.run("log", *broken)

    assert said.code == 0
    assert said.err == (
        'Warning: revset-aliases."immutable_heads()": cannot be evaluated: '
        "Revision `nothing` doesn't exist\n"
    )


def test_rewriting_what_is_immutable_is_refused_with_the_rule(box: Sandbox) -> None:
    line(box, "one", "two")
    git(box.repo, "tag", "v1", box.one("@-")["commit_id"])

    said = box.run("describe", "-r", "@-", "-m", "new")
    assert said.code == 1
    assert "is immutable" in said.err
    assert "The tag `v1` names it" in said.err
    assert box.titles("@-") == ["one"]

    assert box.run("describe", "-r", "@-", "-m", "new", "--ignore-immutable").code == 0
    assert box.titles("@-") == ["new"]
    assert "The root commit" in box.wj("describe root() -m x --ignore-immutable")

"""Promise: the looks of listings are templates, and the configuration changes each of them."""

from __future__ import annotations

import re

import pytest

from scripts.write_looks import PATH, written
from tests.porcelain.cli.sandbox import Sandbox


def timeless(text: str) -> str:
    """Return a text without the seconds that have passed."""
    return re.sub(r"\d+ seconds?", "some seconds", text)


def test_the_compiled_looks_are_those_of_the_texts() -> None:
    assert PATH.read_text(encoding="utf-8") == written()


@pytest.mark.parametrize(
    ("line", "setting"),
    [
        ("log", "log"),
        ("show", "show"),
        ("op log", "op_log"),
        ("evolog", "evolog"),
        ("status", "status"),
        ("session list", "session_list"),
        ("tag list", "tag_list"),
    ],
)
def test_a_listing_is_its_template_and_a_setting_changes_it(
    box: Sandbox, line: str, setting: str
) -> None:
    box.begin()
    box.ok("tag set done")
    usual = box.ok(line)
    named = f"builtin_{setting}" if setting in ("status", "session_list", "tag_list") else ""
    named = named or {"show": "builtin_log_detailed"}.get(setting, f"builtin_{setting}_compact")

    assert timeless(box.ok(f"{line} -T {named}")) == timeless(usual)
    done = box.run("config", "set", "--user", f"templates.{setting}", 'concat("mine\\n")')
    assert done.code == 0
    assert "mine\n" in box.ok(line)
    assert timeless(box.ok(f"{line} -T {named}")) == timeless(usual)


def test_an_alias_changes_the_parts_of_built_in_looks(box: Sandbox) -> None:
    box.begin()
    box.ok("config set --user \"template-aliases.'format_short_id(id)'\" 'id.shortest(4)'")
    box.ok("config set --user template-aliases.empty_commit_marker 'concat(\"[nothing]\")'")

    assert "xrvpptnn" not in box.ok("status")
    assert "(@) : xrvp " in box.ok("status")
    assert box.ok("log -n 1 -G").startswith("xrvp claude-opus-4-5")
    assert box.ok("session list").startswith("demo: xrvp ")
    assert "now at: " in box.run("new").err
    assert "[nothing]" in box.ok("log -n 1")


def test_a_summary_of_ones_own_is_used_in_messages_too(box: Sandbox) -> None:
    box.begin()
    box.run("config", "set", "--user", "templates.commit_summary", "concat('<', title, '>')")

    assert "Working copy  (@) now at: <" in box.run("new").err


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("log -T", "`builtin_log_compact`"),
        ("op log -T", "`builtin_op_log_oneline`"),
        ("evolog -T", "`builtin_evolog_compact`"),
        ("show -T", "`builtin_log_detailed`"),
        ("session list -T", "`builtin_session_list_compact`"),
        ("status -T", "`builtin_status`, `mine`"),
    ],
)
def test_a_bare_option_lists_the_templates(box: Sandbox, line: str, names: str) -> None:
    box.begin(1)
    box.ok("config set --user template-aliases.mine title")

    done = box.run(*line.split())

    assert done.code == 2
    assert names in done.err


@pytest.mark.parametrize("columns", [60, 80, 100, 200])
def test_all_lines_of_a_page_have_the_same_parts(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    box.begin()
    box.ok("fork @ a-session-with-a-very-long-name-indeed")
    box.ok("append -m 'a long prompt that says what has to be done, and then says it again'")
    box.ok("fork demo b")
    monkeypatch.setenv("COLUMNS", str(columns))

    lines = box.ok("session list").splitlines()

    assert max(map(len, lines)) <= columns
    fixed = [line.partition(" | ")[0] for line in lines]
    for part in ("opus", "project", "claude-code", "message"):
        assert len({part in line for line in fixed}) == 1


def test_a_faulty_look_of_commits_stops_no_command(box: Sandbox) -> None:
    box.begin()
    box.run("config", "set", "--user", "templates.commit_summary", "concat(nothing)")

    done = box.run("new")

    assert done.code == 0
    assert "Warning: The look of commits is faulty: Failed to parse template" in done.err
    assert "Working copy  (@) now at: " in done.err
    shown = box.run("log", "-T", "contained_in('nowhere')").out
    assert "<Error: Revision `nowhere` doesn't exist>" in shown

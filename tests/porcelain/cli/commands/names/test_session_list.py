"""`wj session list`: the listed names, their form and order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.bare import git
from tests.porcelain.cli.commands.live.agent_files import ONE, TWO
from tests.porcelain.cli.commands.live.agent_files import Session as AgentSession
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.cli.saying import listed_sessions as names
from tests.porcelain.transcript.documents.test_opencode_database import Database


def test_list_by_name_place_and_state(forked: Sandbox) -> None:
    forked.ok("session create early -r @--")

    assert names(forked) == ["try-b", "demo", "early"]
    assert names(forked, "try-*") == ["try-b"]
    assert names(forked, "-r", "@--") == ["early"]
    assert names(forked, "-r", "@--", "demo") == ["demo", "early"]
    assert names(forked, "-c") == []
    assert names(forked, "-t") == []
    assert names(forked, "--sort", "name-") == ["try-b", "early", "demo"]
    assert names(forked, "--sort", "committer-date-,name")[0] == "try-b"
    assert forked.wj("b l nope 'x*'") == "Warning: No matching sessions for names: nope\n"
    assert "[exit 2]" in forked.wj("b l --sort size")


def test_list_by_template(forked: Sandbox) -> None:
    template = 'name ++ " " ++ conflict ++ " " ++ normal_target.description() ++ "\\n"'

    done = forked.run("session", "list", "-T", template)

    assert done.out == "try-b false \ndemo false \n"
    assert "Failed to parse template" in forked.wj("session list -T nope")


def test_odd_names_are_quoted_and_taken_back_quoted(box: Sandbox) -> None:
    box.begin()
    odd = "re'view|2"
    git(box.repo, "update-ref", f"refs/sessions/{odd}", "refs/sessions/demo")

    assert f'"{odd}": ' in box.ok("session list --sort name -T builtin_session_list_compact")
    assert box.run("session", "rename", f'"{odd}"', "plain").code == 0
    assert names(box) == ["demo", "plain"]


def test_a_conflict_is_listed_with_its_sides_and_settled(forked: Sandbox) -> None:
    forked.ok("session set demo -r try-b -B")
    forked.ok("session set demo -r @- -B --at-op @-")

    assert (
        forked.wj("session list --sort name -T builtin_session_list_compact -c")
        == """\
demo (conflicted):
  - xrvpptnn c1...... q3
  + kmxsnpyr c4...... other
  + qrnzlsvs c2...... q2
Hint: Some sessions have conflicts; `wj session set NAME -r REV` settles one
"""
    )
    assert "Name `demo` is conflicted" in forked.wj("log -r demo")
    assert "demo??" in forked.ok("log")
    (entry,) = forked.json("session list -c")
    assert entry["conflicted"]
    assert entry["commit"] is None
    assert (len(entry["sides"]), len(entry["removed"])) == (2, 1)
    forked.ok("session rename demo other")
    forked.ok("session set other -r @")
    assert forked.sessions() == {"other": "other", "try-b": "other"}


def test_a_name_that_is_an_ids_prefix_wins(box: Sandbox) -> None:
    box.begin()
    prefix = box.one("@-")["commit_id"][:8]

    box.ok(f"session create {prefix}")

    assert box.titles(prefix) == ["q3"]
    assert [one["name"] for one in box.json(f"session list {prefix}")] == [prefix]


def test_a_long_list_says_the_same_as_one_by_one(forked: Sandbox) -> None:
    commits = [forked.one(revision)["commit_id"] for revision in ("@", "@-")]
    refs = [f"{commits[n // 900]} refs/sessions/n{n:04}\n" for n in range(1010)]
    with (forked.repo / "packed-refs").open("a") as file:
        file.writelines(refs)

    listed = forked.ok("session list --sort name -T builtin_session_list_compact").splitlines()
    data = {one["name"]: one for one in forked.json("session list")}

    assert len(listed) == 1012
    for name in ("demo", "n0000", "n0899", "n0900", "n1009", "try-b"):
        (line,) = [line for line in listed if line.startswith(f"{name}: ")]
        assert (
            line
            == forked.ok(
                f"session list --sort name -T builtin_session_list_compact {name}"
            ).rstrip()
        )
        assert data[name] == forked.json(f"session list {name}")[0]


def test_a_quoted_at_sign_can_be_a_name(box: Sandbox) -> None:
    box.begin()

    box.run("session", "create", '"@"', "-r", "@-")

    assert names(box) == ["demo", '"@"']
    assert box.titles('"@"') == ["q2"]
    assert box.titles("@") == ["q3"]


def test_sessions_whose_files_are_gone_are_listed_and_can_be_written_back(
    box: Sandbox, home: Path
) -> None:
    AgentSession(home, ONE)
    gone = AgentSession(home, TWO, project=str(box.folder))
    box.chat(1)
    box.ok("init")
    box.ok("import --all")
    box.ok("import chat.jsonl")
    assert box.json("session list --gone") == []

    gone.path.unlink()
    (box.folder / "chat.jsonl").unlink()
    # both are of one second, so that their order is that of their ids
    assert {one["name"] for one in box.json("session list --gone")} == {"demo", TWO}
    assert [one["name"] for one in box.json(f"session list --gone {ONE} {TWO}")] == [TWO]

    box.ok(f"resume {TWO}")
    assert [one["name"] for one in box.json("session list --gone")] == ["demo"]


@pytest.mark.parametrize("count", [1, 2])
def test_a_conversation_that_is_gone_from_its_database_is_listed(
    box: Sandbox, home: Path, count: int
) -> None:
    (home / ".local" / "share" / "opencode").mkdir(parents=True)
    database = Database(home / ".local" / "share" / "opencode" / "opencode.db")
    for number in range(count):
        database.session(f"ses_{number}", "hello", f"hi {number}")
    box.ok("init")
    box.ok("import --all")
    assert box.json("session list --gone") == []

    database.file.execute("DELETE FROM session WHERE id = 'ses_0'")
    database.file.commit()
    assert [one["name"] for one in box.json("session list --gone")] == ["ses_0"]
    database.path.write_bytes(b"damaged")
    assert box.json("session list --gone") == []  # nobody knows
    database.path.unlink()
    assert len(box.json("session list --gone")) == count
    assert box.json("resume ses_0")["written"]


def test_a_lost_index_knows_by_the_agents_folders_what_is_gone(box: Sandbox, home: Path) -> None:
    AgentSession(home, ONE)
    gone = AgentSession(home, TWO)
    box.ok("init")
    box.ok("import --all")
    gone.path.unlink()
    (box.repo / "store-index.sqlite").unlink()
    assert [one["name"] for one in box.json("session list --gone")] == [TWO]


def test_a_line_has_age_agent_project_model_and_messages(box: Sandbox) -> None:
    box.begin()
    box.ok("fork demo- try-b")
    box.ok("append -m 'go on'")
    lines = box.ok("session list").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["try-b", "demo"]
    assert " 1 week ago claude-code project claude-opus-4-5 6 messages | q3" in lines[1]
    assert " ago claude-code project claude-opus-4-5 5 messages | go on" in lines[0]
    assert len(box.ok("session list -n 1").splitlines()) == 1
    first = box.json("session list -n 1")[0]
    assert (first["name"], first["commit"]["model"]) == ("try-b", "claude-opus-4-5")


def test_the_lines_fit_a_terminal(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.begin()
    monkeypatch.setenv("COLUMNS", "50")
    (line,) = box.ok("session list").splitlines()
    assert len(line) <= 50
    assert "6 messages | q3" in line
    assert "opus" not in line

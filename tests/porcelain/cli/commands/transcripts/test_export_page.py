"""`wj export` to look at: a page, Markdown, text; what is shared is searched for secrets first."""

from __future__ import annotations

import json
import re
import stat
from typing import Any

import pytest

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

TOKEN = "gh" + "p_" + "a1B2" * 9


def page_data(html: bytes) -> Any:
    """Return the data of a page."""
    found = re.search(rb'id="data">(.*?)</script>', html)
    assert found is not None
    return json.loads(found[1])


def test_a_page_holds_the_tree_and_its_messages(chat: Sandbox) -> None:
    chat.ok("fork demo try --at 4")
    chat.ok("append -m 'another way'")

    assert "Wrote" in chat.ok("export --format html demo try -o page.html")

    data = page_data((chat.folder / "page.html").read_bytes())
    assert [(one["sessions"], one["parent"], one["kept"]) for one in data["lines"]] == [
        (["demo"], None, 0),
        (["try"], 0, 4),
    ]
    assert data["lines"][0]["agent"] == "Claude Code 2.1.32"
    assert data["lines"][0]["project"] == "project"
    first = data["segments"][0]["messages"][0]
    assert first["parts"] == [{"kind": "text", "text": "q1"}]
    assert (first["number"], first["role"]) == (1, "user")
    assert data["segments"][1]["messages"][0]["parts"][0]["text"] == "another way"


def test_all_is_one_page_with_everything(chat: Sandbox) -> None:
    chat.chat(1, "other.jsonl", "other")
    chat.ok("import other.jsonl")

    chat.ok("export --all --format html -o page.html")

    assert len(page_data((chat.folder / "page.html").read_bytes())["lines"]) == 2


@pytest.mark.parametrize(("option", "mode"), [("", 0o600), ("--public", 0o644)])
def test_a_page_is_private_unless_it_is_public(chat: Sandbox, option: str, mode: int) -> None:
    chat.ok(f"export --format html -o page.html {option}")

    assert stat.S_IMODE((chat.folder / "page.html").stat().st_mode) == mode


@pytest.mark.parametrize("format_name", ["html", "markdown", "text"])
def test_secrets_refuse_what_would_be_shared(chat: Sandbox, format_name: str) -> None:
    chat.ok(f"append -m 'the token is {TOKEN}'")

    done = chat.run("export", "--format", format_name, "-o", "out")

    assert done.code == 1
    assert "message 9 of demo: `ghp_…`" in done.err
    assert TOKEN not in done.both
    assert not (chat.folder / "out").exists()
    chat.ok(f"export --format {format_name} -o out --allow-secrets")
    assert TOKEN in (chat.folder / "out").read_text()
    chat.ok("redact --secrets")
    chat.ok(f"export --format {format_name} -o out --force")
    assert TOKEN not in (chat.folder / "out").read_text()


def test_a_secret_in_a_description_refuses_too(chat: Sandbox) -> None:
    chat.ok(f"describe -m 'deploy with {TOKEN}'")

    assert "the title of change" in chat.run("export", "--format", "html").err


def test_an_existing_file_stays_without_force(chat: Sandbox) -> None:
    chat.file("page.html", b"mine")

    assert "--force" in chat.wj("export --format html -o page.html")
    assert (chat.folder / "page.html").read_bytes() == b"mine"


def test_a_page_that_no_browser_likes_is_refused(
    chat: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("porcelain.cli.look.pages.MOST_BYTES", 1000)

    done = chat.run("export", "--format", "html", "-o", "page.html")

    assert done.code == 1
    assert "`wj serve`" in done.err
    assert not (chat.folder / "page.html").exists()


def test_one_conversation_as_markdown_and_as_text(box: Sandbox) -> None:
    chat = Chat("demo")
    chat.user("run `ls`\n\n```sh\nls\n```")
    chat.call("t1")
    chat.user([{"type": "tool_result", "tool_use_id": "t1", "content": "a ``` b\x1b[31m"}])
    box.file("chat.jsonl", chat.data())
    box.ok("init")
    box.ok("import chat.jsonl")

    markdown = box.ok("export --format markdown")
    text = box.ok("export --format text")

    assert "# run \\`ls\\`\n" in markdown
    assert "## 1. User\n\n*2026-03-01T10:00:01.000Z*\n\nrun `ls`\n\n```sh\nls\n```\n" in markdown
    assert "**Tool call: Read**\n\n```\nfile\\_path: a.py".replace("\\_", "_") in markdown
    assert "````\na ``` b\\x1b[31m\n````\n" in markdown
    assert (
        "2 Assistant · 2026-03-01T10:00:02.000Z\n    [Tool call: Read]\n    file_path: a.py\n"
        in text
    )
    assert "\x1b" not in markdown + text


def test_the_difference_of_two_conversations(chat: Sandbox) -> None:
    chat.ok("fork demo try --at 4")
    chat.ok("append -m 'another way'")

    markdown = chat.ok("export demo try --format markdown")

    assert markdown.startswith("# demo and try\n\nThey share 4 rows\n")
    assert "*Only in the first · " in markdown
    assert "*Only in the second · " in markdown
    assert "another way" in markdown


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("export --public", "goes with `--format html`"),
        ("export --allow-secrets", "goes with `--format html`"),
        ("export --format html --source x", "`--source` does not go with"),
        ("export --format text --strict", "`--strict` does not go with"),
        ("export demo demo", "One conversation is written at a time"),
        ("export --format text --all", "one conversation"),
        ("export --format markdown a b c", "one conversation"),
        ("export --format html root()", "no conversation to show"),
        ("export --format text root()", "no conversation yet"),
    ],
)
def test_what_does_not_go_together_is_refused(chat: Sandbox, line: str, said: str) -> None:
    done = chat.wj(line)

    assert said in done
    assert "[exit" in done

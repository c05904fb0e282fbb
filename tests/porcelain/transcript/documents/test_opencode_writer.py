"""Messages that continue an OpenCode session: they read back, and stand behind all others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from porcelain.transcript.documents import opencode
from porcelain.transcript.errors import CannotWrite
from tests.porcelain.transcript.lines.test_row_writers import ids, write

SESSION = "ses_dd380bfd0ffeJzWjB9AE9L0p2P"
MODEL = {"providerID": "anthropic", "modelID": "claude-x"}
TOKENS = {"input": 1, "output": 2, "reasoning": 0, "cache": {"read": 0, "write": 0}}


def message(name: str, role: str, said: str, **info: Any) -> dict[str, Any]:
    about = {"id": name, "sessionID": SESSION, "role": role, "time": {"created": 1}, **info}
    part = {"id": f"prt_{name[4:]}", "messageID": name, "sessionID": SESSION, "type": "text"}
    return {"info": about, "parts": [{**part, "text": said}]}


ASKED = message("msg_22c7f40b8001b8lboAK6iqnuVt", "user", "three birds", agent="plan", model=MODEL)
TOLD = message(
    "msg_ffff00000001MynvindURcpVzn", "assistant", "wren", parentID=ASKED["info"]["id"],
    mode="plan", agent="plan", path={"cwd": "/x", "root": "/x"}, cost=0, tokens=TOKENS, **MODEL,
)  # fmt: skip
ROWS = [json.dumps(one).encode() for one in (ASKED, TOLD)]


def test_a_prompt_and_an_answer_go_on_where_the_session_ends() -> None:
    rows = [*ROWS, write("opencode", ROWS, "user", "zwei\nü")]
    rows.append(write("opencode", rows, "assistant", "gut"))
    prompt, answer = (opencode.check_row(raw) for raw in rows[-2:])
    assert (prompt.role, prompt.text, prompt.title) == ("user", "zwei\nü", "zwei")
    assert (answer.role, answer.text, answer.model) == ("assistant", "gut", "claude-x")
    values = [json.loads(raw) for raw in rows]
    names = [one["info"]["id"] for one in values]
    assert names == sorted(names)
    asked, told = values[2]["info"], values[3]["info"]
    assert (asked["sessionID"], asked["agent"], asked["model"]) == (SESSION, "plan", MODEL)
    assert (told["parentID"], told["path"]) == (asked["id"], {"cwd": "/x", "root": "/x"})
    assert all(one["parts"][0]["messageID"] == one["info"]["id"] for one in values)


def test_rows_that_say_nothing_are_passed_by() -> None:
    strange = [b"{", b"[]", b'{"info": 7, "parts": []}', b'{"info": {"id": "msg_xyz", "model": 3}}']
    value = json.loads(write("opencode", strange, "assistant", "x"))
    assert value["info"]["sessionID"].startswith("ses_")
    assert value["info"]["modelID"] == "unknown"


def test_a_role_that_the_agent_does_not_have_is_refused() -> None:
    with pytest.raises(CannotWrite):
        opencode.write_message(ROWS, "system", "x", now="2026-03-02T08:00:00Z", new_uuid=ids())

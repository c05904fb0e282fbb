"""The MCP server, driven by a real client: the one of the package `mcp`."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="adapters of agent frameworks (make adapters)")

from mcp import Client, StdioServerParameters

from porcelain.exchange.mcp.server import make_server
from porcelain.exchange.mcp.wj_process import WjProcess
from store.session_store.store import SessionStore
from tests.harness.places import ROOT

Call = Callable[..., Awaitable[Any]]


def server_at(path: Path) -> Any:
    return make_server(WjProcess(str(path), "default"), "0")


async def using(server: Any, work: Callable[[Client, Call], Awaitable[None]]) -> None:
    """Run `work` with a client and a call that returns a tool's data."""
    async with Client(server) as client:

        async def call(tool: str, **arguments: Any) -> Any:
            result = await client.call_tool(tool, arguments)
            if result.is_error:
                raise RuntimeError(result.content[0].text)
            return result.structured_content["data"]

        await work(client, call)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # for the processes of `wj`
    path = tmp_path / "r.git"
    SessionStore.init(path).close()
    return path


def test_a_client_drives_each_tool(repository: Path) -> None:
    async def work(client: Client, call: Call) -> None:
        names = {tool.name for tool in (await client.list_tools()).tools}
        begun = await call("append", text="--name a colour", role="user")
        session = begun["session"]
        await call("append", text="blue", role="assistant", session=session)
        await call("append", text="name a shape")
        assert [one["name"] for one in await call("sessions")] == [session]
        assert (await call("log", limit=1))[0]["messages"] == 3
        (shown,) = await call("show", revision=session, messages="1..2")
        assert "--name a colour" in json.dumps(shown)
        (hit,) = await call("search", text="blue")
        assert (hit["session"], hit["number"]) == (session, 2)

        forked = await call("fork", revision=session, session="try-b", at=2)
        assert forked["sessions"]["try-b"]["from"] is None
        assert (await call("undo"))["undone"] == forked["operation"]
        assert [one["name"] for one in await call("sessions", pattern="try-*")] == []
        await call("redo")
        await call("rewind", session=session)
        assert (await call("op_log", limit=1))[0]["kind"] == "rewind"
        used = {"append", "sessions", "log", "show", "search", "fork", "undo", "redo", "rewind"}
        assert names == used | {"op_log"}

    asyncio.run(using(server_at(repository), work))


def test_conversations_are_resources_and_a_prompt(repository: Path) -> None:
    async def work(client: Client, call: Call) -> None:
        await call("append", text="name a colour")
        (one,) = await call("sessions")
        await call("fork", revision=one["name"], session="a%20b")
        listed = await client.read_resource("wj://sessions")
        found = {each["name"] for each in json.loads(listed.contents[0].text)}
        assert found == {one["name"], "a%20b"}
        told = await client.read_resource("wj://session/a%2520b")
        assert "name a colour" in told.contents[0].text
        prompt = await client.get_prompt("go_on", {"session": "a%20b"})
        assert "name a colour" in prompt.messages[0].content.text

    asyncio.run(using(server_at(repository), work))


def test_a_refusal_is_told_in_words_and_options_are_no_names(repository: Path) -> None:
    async def work(client: Client, call: Call) -> None:
        with pytest.raises(RuntimeError, match="gone"):
            await call("show", revision="gone")
        with pytest.raises(RuntimeError, match=r"[Nn]othing to undo|no operation|cannot be undone"):
            await call("undo")
        with pytest.raises(RuntimeError):
            await call("fork", revision="--config=ui.editor=x", session="b")
        assert await call("sessions") == []

    asyncio.run(using(server_at(repository), work))


def test_the_command_serves_stdio(repository: Path) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-P", "-m", "porcelain", "mcp", "-R", str(repository), "--workspace", "default"],
        env={"PYTHONPATH": str(ROOT), "HOME": str(repository.parent)},
    )

    async def work(client: Client, call: Call) -> None:
        assert await call("sessions") == []

    asyncio.run(using(command, work))


@pytest.mark.adapters
@pytest.mark.parametrize(
    "scenario",
    [
        "server-initialize",
        "ping",
        "tools-list",
        "resources-list",
        "prompts-list",
        "server-sse-multiple-streams",
    ],
)
def test_the_vendors_conformance_over_http(repository: Path, scenario: str) -> None:
    program = ROOT / ".venv-adapters" / "npm" / "node_modules" / ".bin" / "conformance"
    if not program.exists():
        pytest.skip("the conformance suite of the Model Context Protocol (npm)")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [sys.executable, "-P", "-m", "porcelain", "-R", str(repository), "mcp", "--http"]
    with subprocess.Popen([*words, f"--port={port}"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        try:
            _wait_for(port)
            done = subprocess.run(
                [program, "server", "--url", address, "--scenario", scenario],
                cwd=repository.parent,  # it writes its results there
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
        finally:
            server.terminate()
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failed, 0 warnings" in done.stdout


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nothing listens on port {port}")

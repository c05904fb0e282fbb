"""`wj serve` prints an address, and ends with Ctrl-C."""

from __future__ import annotations

import re
import socket

import pytest

from porcelain.exchange.page.server import PageServer
from tests.porcelain.cli.render.shapes import faults
from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is pressed as soon as it serves."""

    def serve(_: PageServer) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(PageServer, "serve_forever", serve)


def test_it_prints_the_address_and_ends_with_ctrl_c(chat: Sandbox, pressed: None) -> None:
    done = chat.run("serve")

    assert done.code == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/\n", done.raw.decode())
    assert "Ctrl-C ends it" in done.err
    again = chat.json("serve")
    assert again["address"] != done.raw.decode().strip()
    assert faults("serve", again) == []


def test_a_port_that_is_taken_is_named(chat: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = chat.wj(f"serve --port {port}")

    assert f"Port {port} cannot be used: Address already in use" in said
    assert "[exit 1]" in said

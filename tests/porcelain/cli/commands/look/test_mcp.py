"""`wj mcp` without its package; with it, tests/porcelain/exchange/mcp drives it."""

from __future__ import annotations

import sys

import pytest

from tests.porcelain.cli.sandbox import Sandbox


def test_it_says_which_package_is_missing(chat: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.delitem(sys.modules, "porcelain.exchange.mcp.server", raising=False)

    said = chat.wj("mcp")

    assert "`wj mcp` needs the package mcp" in said
    assert "pip install 'wajutsu[mcp]'" in said
    assert "[exit 1]" in said

"""The pages of the adapters: their examples run where the framework is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.places import ROOT
from tests.test_docs import blocks

NEEDS = {
    "claude": "claude_agent_sdk",
    "langgraph": "langgraph.graph",
    "mcp": "mcp",
    "openai": "agents",
    "pydantic-ai": "pydantic_ai",
}


def test_each_page_is_known() -> None:
    assert {page.stem for page in (ROOT / "docs" / "adapters").glob("*.md")} == NEEDS.keys()


@pytest.mark.parametrize("page", NEEDS)
def test_the_python_of_a_page_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(NEEDS[page], reason="adapters of agent frameworks (make adapters)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # for processes that an example starts
    names: dict[str, object] = {}

    for number, block in enumerate(
        blocks((ROOT / "docs" / "adapters" / f"{page}.md").read_text("utf-8"), "python"), 1
    ):
        code = compile(block, f"{page}, block {number}", "exec", dont_inherit=True)
        exec(code, names)

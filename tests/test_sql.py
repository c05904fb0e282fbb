"""SQL statements as every supported version of Python takes them."""

from __future__ import annotations

import ast
import re

import pytest

from tests.harness.places import ROOT

NUMBERED = re.compile(r"\?\d")


@pytest.mark.parametrize("top", ["store", "porcelain"])
def test_no_parameter_has_a_number(top: str) -> None:
    """Python 3.12 warns of `?1` where the values are a sequence, and later versions refuse it."""
    numbered = []
    for file in sorted((ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = node.value.split()
                if NUMBERED.search(node.value) and {"SELECT", "INSERT", "UPDATE"} & {*words}:
                    numbered.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert "\n".join(numbered) == ""

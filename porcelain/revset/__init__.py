"""Revsets: expressions that name commits.

`parse` a text, `evaluate` it on a `Graph`, read the `Selection` as far as needed;
`resolve_one` where exactly one commit will do.
"""

from __future__ import annotations

from porcelain.revset.evaluate import evaluate, resolve_one
from porcelain.revset.graph import Graph
from porcelain.revset.name import format_name
from porcelain.revset.parser import parse
from porcelain.revset.selection import Selection

__all__ = ["Graph", "Selection", "evaluate", "format_name", "parse", "resolve_one"]

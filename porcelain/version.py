"""The version, as a constant: asking the installed metadata costs 25 ms at every start."""

from __future__ import annotations

VERSION = "0.1.0"

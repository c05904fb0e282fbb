"""Kinds of id beside those of `store.ids`, as distinct types of text."""

from __future__ import annotations

from typing import NewType

ChangeId = NewType("ChangeId", str)
"""32 letters k to z: 16 bytes in reverse hex, see `porcelain.model.change_id`."""

OperationId = NewType("OperationId", str)
"""40 lower-case hex digits: the commit that is the operation; all zeros, the virtual root."""

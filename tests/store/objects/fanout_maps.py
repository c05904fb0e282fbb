"""Fan-out maps in memory, from dicts and back."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha1

from store.ids import TreeId
from store.objects.fanout import FanOutMap
from store.objects.fanout_codec import Entry
from store.objects.tree import GITLINK
from tests.harness.memory import Memory

Content = dict[str, Entry]
Edits = Mapping[str, Entry | None]


def commit(number: int) -> str:
    return sha1(b"commit %d" % number).hexdigest()


def link(number: int) -> Entry:
    return Entry(GITLINK, commit(number))


def build(memory: Memory, content: Edits, hashed: bool = True) -> TreeId | None:
    return FanOutMap(memory, None, hashed=hashed).update(memory, content)


def content_of(memory: Memory, root: TreeId | None, hashed: bool = True) -> Content:
    listed = list(FanOutMap(memory, root, hashed=hashed).items())
    content = dict(listed)
    assert len(content) == len(listed)
    return content

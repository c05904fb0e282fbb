"""The facts of a session that listings show, read without its messages."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import NamedTuple

from store.document.agent_facts import NO_CONVERSATION, Conversation, read_conversation, text_member
from store.document.headline import headline_of
from store.document.pawan_schema import MESSAGES
from store.document.row_format import FIELD, PAWAN, Format, read_format
from store.errors import InvalidSession
from store.ids import EMPTY_TREE, TreeId
from store.objects.objects import ObjectReader
from store.session.session import Session
from store.tree_layout.conflict_tree import CONFLICTS, conflicts_in
from store.tree_layout.layout import DOCUMENT, Layout, Root, read_document, read_root
from store.tree_layout.session_json import OWN, decode_session, read_headline


class Facts(NamedTuple):
    """The facts that listings show of a session.

    `title` is the last prompt's first line, `prompt` the beginning of that prompt on one line,
    for `commit_message`. `rows` counts the stored rows, `message_count` the messages among
    them. `conflict` says that there may be conflicts (`conflict_tree` reads them).
    `conversation` is the agent's own.
    """

    id: str
    model: str
    title: str
    prompt: str
    rows: int
    message_count: int
    format: Format
    layout: Layout
    created_at: str
    updated_at: str
    conflict: bool = False
    conversation: Conversation = NO_CONVERSATION


_JSON = json.JSONDecoder()
_WHITE = " \t\r\n"
NOT_BEGUN = Facts("", "", "", "", 0, 0, PAWAN, "native", "", "")


def facts_of(session: Session, layout: Layout, *, conflict: bool = False) -> Facts:
    """Return the facts that `read_facts` would return once the session is stored."""
    return Facts(
        session.id,
        session.model,
        session.title,
        session.prompt,
        session.rows,
        session.message_count,
        session.format,
        layout,
        session.created_at,
        session.updated_at,
        conflict,
        read_conversation(session.header),
    )


def read_facts(reader: ObjectReader, tree: TreeId) -> Facts:
    """Return the facts of a session. In the native layout only `session.json` is read.

    A conversation that has not begun has empty facts. Values of a wrong type read as empty:
    reading the session reports them.

    Raises:
        InvalidSession: there is no session in the tree, or no JSON object in `session.json`.
    """
    return facts_in(reader, tree, read_root(reader, tree))


def facts_in(reader: ObjectReader, tree: TreeId, root: Root) -> Facts:
    """Return the same as `read_facts`; `root` are the entries of the tree."""
    if tree == EMPTY_TREE:
        return NOT_BEGUN
    _, data = read_document(reader, tree, root)
    try:
        document = _parsed(data)
    except (ValueError, RecursionError):
        decode_session(data, "")  # raises with the place of the fault
        raise InvalidSession("cannot be read", source=DOCUMENT) from None
    if not isinstance(document, dict):
        raise InvalidSession("must be an object", "$", DOCUMENT)
    messages = document.get(MESSAGES)
    format_ = read_format(document.get(FIELD))
    layout: Layout = "native"
    if isinstance(messages, list):
        layout = "single-file"
        rows = len(messages)
        title, prompt, count = headline_of(_last_prompt(messages), rows)
    else:
        rows = messages if type(messages) is int and 0 <= messages < 1 << 40 else 0
        title, prompt, count = read_headline(document.get(OWN), rows, format_ == PAWAN)
    return Facts(
        text_member(document, "id"),
        text_member(document, "model"),
        title,
        prompt,
        rows,
        count,
        format_,
        layout,
        text_member(document, "created_at"),
        text_member(document, "updated_at"),
        CONFLICTS in root and conflicts_in(root.values()) is not None,
        read_conversation(document),
    )


def read_members(reader: ObjectReader, tree: TreeId, names: Collection[str]) -> dict[str, object]:
    """Return those members of a session's document that have these names, in their order.

    Raises:
        InvalidSession, ValueError, RecursionError: there is no session, or it cannot be read.
    """
    _, data = read_document(reader, tree, read_root(reader, tree))
    document = _parsed(data)
    if not isinstance(document, dict):
        raise InvalidSession("must be an object", "$", DOCUMENT)
    return {name: document[name] for name in names if name in document}


def _parsed(data: bytes) -> object:
    """Return the JSON value in a document, as `json.loads` does, which takes three times as long.

    Raises:
        ValueError, RecursionError: it is no JSON.
    """
    try:
        text = data.decode()
        value, end = _JSON.raw_decode(text)
    except ValueError:
        return json.loads(data)  # it has another encoding, or begins with white space
    return json.loads(data) if text[end:].strip(_WHITE) else value


def _last_prompt(messages: Sequence[object]) -> str:
    for message in reversed(messages):
        if isinstance(message, dict) and message.get("role") == "user":
            content = message.get("content")
            return content if isinstance(content, str) else ""
    return ""

"""The headline of a conversation in listings and commit messages, as one safe line."""

from __future__ import annotations

from typing import NamedTuple
from unicodedata import category

TITLE_LENGTH = 200
PROMPT_LENGTH = 80

_DROPPED = frozenset(("Cc", "Cf", "Cs"))


class Headline(NamedTuple):
    """The last prompt's first line, its first 80 characters, and the number of messages."""

    title: str
    prompt: str
    message_count: int


NO_HEADLINE = Headline("", "", 0)


def one_line(text: str, length: int = TITLE_LENGTH) -> str:
    """Return the beginning of a text on one line.

    Runs of white space become one space; control characters, format characters (including
    bidirectional ones) and lone surrogates are dropped.
    """
    text = text.lstrip()[: length * 50]
    if not text.isprintable():
        text = "".join(c for c in text if c.isspace() or category(c) not in _DROPPED)
    return " ".join(text.split())[:length].rstrip()


def headline_of(text: str, message_count: int) -> Headline:
    """Return the headline of a conversation whose last prompt is `text`."""
    lines = (one_line(line) for line in text.splitlines())
    title = next((line for line in lines if line), "")
    return Headline(title, one_line(text, PROMPT_LENGTH), message_count)


def commit_message(session_id: str, prompt: str | None) -> str:
    """Return the message of a commit without a description: `[<id>] <the last prompt>`.

    Only the prompt's first 80 characters count, so `Headline.prompt` gives the same message.
    """
    shown = one_line(prompt or "", PROMPT_LENGTH) or "(no prompt)"
    return f"[{one_line(session_id)}] {shown}"

"""A conversation as was said, in no agent's format: messages of parts.

Readers make these values from an agent's rows, and writers make rows of them. What a format
cannot hold is a loss: a part is left out, and counted with the number of its message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

Role = Literal["system", "user", "assistant", "tool"]

SUMMARY = "Summary of the conversation so far:\n\n"
_OTHER = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_NAME = 64


class Text(NamedTuple):
    """Words."""

    text: str


class Thinking(NamedTuple):
    """A model's reasoning, as far as it can be read; its signature is not kept."""

    text: str


class Image(NamedTuple):
    """An image: its bytes in base64 with their media type, or the address where it is."""

    media_type: str
    data: str
    url: str = ""


class Call(NamedTuple):
    """A tool call; `arguments` is an object, or text for a tool that takes text."""

    id: str
    name: str
    arguments: dict[str, object] | str


class Result(NamedTuple):
    """The result of a tool call; `name` is the tool's, "" where the format does not say it."""

    id: str
    parts: tuple[Text | Image | Unknown, ...]
    is_error: bool = False
    name: str = ""


class Unknown(NamedTuple):
    """A part that this project cannot convert: its name, and that of several if irregular."""

    kind: str
    several: str = ""


SUB_AGENT = Unknown("message of a sub-agent", "messages of sub-agents")


Part = Text | Thinking | Image | Call | Result | Unknown

LABELS: dict[type, tuple[str, str]] = {
    Text: ("text", "texts"),
    Thinking: ("block of thinking", "blocks of thinking"),
    Image: ("image", "images"),
    Call: ("tool call", "tool calls"),
    Result: ("tool result", "tool results"),
}
"""How a loss of a part is named: one, and several."""


class Said(NamedTuple):
    """One message; `row` is its row's place in the conversation, `time` an ISO time.

    `prompt` is False for a user's message that nobody typed. With `starts` the agent sends nothing
    that was before it: a compaction was here.
    """

    role: Role
    parts: tuple[Part, ...]
    row: int = 0
    time: str | None = None
    model: str | None = None
    prompt: bool = True
    starts: bool = False


class Loss(NamedTuple):
    """A kind of part that a format cannot hold: its name, in singular and plural, and the messages' numbers."""

    what: str
    several: str
    messages: tuple[int, ...]

    @property
    def text(self) -> str:
        """The loss as part of a sentence, with the first numbers of messages."""
        count = len(self.messages)
        places = list(dict.fromkeys(self.messages))
        shown = ", ".join(map(str, places[:10])) + (", …" if len(places) > 10 else "")
        noun = "message" if len(places) == 1 else "messages"
        return f"{count} {self.what if count == 1 else self.several} ({noun} {shown})"


def _itself(row: int) -> int:
    return row


class Losses:
    """Collects what was left out; `number_of` returns the number of the message of a row.

    Rows are counted from 1.
    """

    def __init__(self, number_of: Callable[[int], int] = _itself) -> None:
        self._number_of = number_of
        self._found: dict[tuple[str, str], list[int]] = {}

    def add(self, what: str, several: str, row: int) -> None:
        """Count one loss in the message at a place."""
        self._found.setdefault((what, several), []).append(self._number_of(row + 1))

    def all(self) -> tuple[Loss, ...]:
        """Return the losses by kind, in the order of their first message."""
        return tuple(Loss(*name, tuple(rows)) for name, rows in self._found.items())


def joined(messages: Iterable[Said]) -> list[Said]:
    """Join neighbouring answers, and neighbouring results, and leave out what is empty.

    Agents write an answer as one row or as a row for each block of it.
    """
    found: list[Said] = []
    for each in messages:
        one = each._replace(parts=tuple(part for part in each.parts if part != Text("")))
        if not one.parts:
            continue
        last = found[-1] if found else None
        if last is not None and last.role == one.role and one.role in ("assistant", "tool"):
            model = last.model or one.model
            starts = last.starts or one.starts
            found[-1] = last._replace(parts=last.parts + one.parts, model=model, starts=starts)
        else:
            found.append(one)
    return found


class Holds(NamedTuple):
    """The abilities of a format: kinds of parts, of parts inside results, roles, and failures of tools."""

    parts: frozenset[type] = frozenset((Text, Image, Call, Result))
    in_results: frozenset[type] = frozenset((Text, Image))
    roles: frozenset[str] = frozenset(("user", "assistant", "tool"))
    failures: bool = True


def fitted(messages: Iterable[Said], holds: Holds, losses: Losses) -> list[Said]:
    """Return messages with the parts and roles that a format holds; what it does not is a loss."""
    found = []
    for one in messages:
        if one.role not in holds.roles:
            losses.add(f"{one.role} message", f"{one.role} messages", one.row)
            continue
        kinds = holds.parts - {Image} if one.role == "assistant" else holds.parts
        kept: list[Part] = []
        for part in one.parts:
            if isinstance(part, Result) and part.is_error and not holds.failures:
                losses.add("mark of a failed tool", "marks of failed tools", one.row)
            if _is_held(part, kinds, losses, one.row):
                kept.append(_fitted_result(part, holds, losses, one.row))
        found.append(one._replace(parts=tuple(kept)))
    return joined(found)


def _fitted_result(part: Part, holds: Holds, losses: Losses, row: int) -> Part:
    if not isinstance(part, Result):
        return part
    inner = tuple(one for one in part.parts if _is_held(one, holds.in_results, losses, row))
    return part._replace(parts=inner, is_error=part.is_error and holds.failures)


def _is_held(part: Part, kinds: frozenset[type], losses: Losses, row: int) -> bool:
    if isinstance(part, Unknown):
        losses.add(part.kind, part.several or f"{part.kind}s", row)
        return False
    if type(part) not in kinds:
        losses.add(*LABELS[type(part)], row)
        return False
    return True


def paired(messages: Sequence[Said], losses: Losses) -> list[Said]:
    """Put each result behind the answer with its call, and leave out calls and results alone.

    Services refuse everything else.
    """
    results = {p.id: p for one in messages for p in one.parts if isinstance(p, Result)}
    called = {p.id for one in messages for p in one.parts if isinstance(p, Call)}
    found = []
    for one in messages:
        kept: list[Part] = []
        answers: list[Part] = []
        for part in one.parts:
            if isinstance(part, Call) and part.id not in results:
                losses.add("tool call without a result", "tool calls without a result", one.row)
            elif isinstance(part, Call):
                kept.append(part)
                answers.append(results[part.id])
            elif not isinstance(part, Result):
                kept.append(part)
            elif part.id not in called:
                losses.add("tool result without a call", "tool results without a call", one.row)
        if len(kept) < len(one.parts) and all(isinstance(part, Thinking) for part in kept):
            kept = []  # an answer must not consist of thoughts alone
        found.append(one._replace(parts=tuple(kept)))
        found.append(one._replace(role="tool", parts=tuple(answers)))
    return joined(found)


def named(messages: Iterable[Said]) -> list[Said]:
    """Give each result the name of its tool, and make ids and names as every service takes them."""
    names: dict[str, str] = {}
    found = []
    for one in messages:
        parts: list[Part] = []
        for part in one.parts:
            if isinstance(part, Call):
                names[part.id] = safe(part.name)
                parts.append(part._replace(id=safe(part.id), name=names[part.id]))
            elif isinstance(part, Result):
                name = names.get(part.id) or safe(part.name or "tool")
                parts.append(part._replace(id=safe(part.id), name=name))
            else:
                parts.append(part)
        found.append(one._replace(parts=tuple(parts)))
    return found


def safe(name: str) -> str:
    """Return the name or id of a tool call with the characters and length that services take."""
    return _OTHER.sub("_", name)[:_LONGEST_NAME] or "_"


def begun(messages: Sequence[Said]) -> list[Said]:
    """Mark the first message as the one with which the agent begins."""
    return [one._replace(starts=not place) for place, one in enumerate(messages)]


def text_in(parts: Iterable[Part]) -> str:
    """Return the words among some parts, a blank line between two of them."""
    return "\n\n".join(part.text for part in parts if isinstance(part, Text))

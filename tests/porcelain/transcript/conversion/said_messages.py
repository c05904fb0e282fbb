"""Random conversations, and the part of one that a format holds."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from porcelain.transcript.conversion.codec import arguments_object
from porcelain.transcript.conversion.said import (
    Call,
    Holds,
    Image,
    Losses,
    Part,
    Result,
    Said,
    Text,
    Thinking,
    fitted,
    joined,
    text_in,
)

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
TEXTS = WORDS.map(Text)
IMAGES = st.just(Image("image/png", "aGVsbG8="))
VALUES: st.SearchStrategy[object] = st.one_of(WORDS, st.integers(-9, 9), st.none())


@st.composite
def conversations(draw: st.DrawFn) -> list[Said]:
    """Return prompts and answers; each call has its result in the message behind it."""
    found: list[Said] = []
    calls = 0
    for _ in range(draw(st.integers(1, 4))):
        found.append(
            Said("user", tuple(draw(st.lists(st.one_of(TEXTS, IMAGES), min_size=1, max_size=2))))
        )
        for _ in range(draw(st.integers(0, 2))):
            thoughts = draw(st.lists(WORDS.map(Thinking), max_size=1))
            words = draw(st.lists(TEXTS, max_size=1))
            opened = [
                Call(f"call_{calls + n}", "run", draw(st.dictionaries(WORDS, VALUES, max_size=2)))
                for n in range(draw(st.integers(0, 2)))
            ]
            calls += len(opened)
            found.append(Said("assistant", (*thoughts, *words, *opened)))
            results = [
                Result(
                    call.id,
                    tuple(draw(st.lists(st.one_of(TEXTS, IMAGES), min_size=1, max_size=1))),
                    draw(st.booleans()),
                    "run",
                )
                for call in opened
            ]
            found.append(Said("tool", tuple(results)))
    return joined(found)


def held(messages: Sequence[Said], holds: Holds) -> list[tuple[str, tuple[Part, ...]]]:
    """Return what a format holds of a conversation, as it can be compared."""
    return content(fitted(messages, holds, Losses()))


def in_one_text(messages: Sequence[Said]) -> list[Said]:
    """Return messages with the texts of each as one, and text for a tool as its argument."""
    found = []
    for one in messages:
        words = text_in(one.parts)
        others = [
            part._replace(arguments=arguments_object(part)) if isinstance(part, Call) else part
            for part in one.parts
            if not isinstance(part, Text)
        ]
        found.append(one._replace(parts=(*([Text(words)] if words else []), *others)))
    return found


def content(messages: Sequence[Said]) -> list[tuple[str, tuple[Part, ...]]]:
    """Return roles and parts, without the names of tools beside results."""
    return [
        (one.role, tuple(p._replace(name="") if isinstance(p, Result) else p for p in one.parts))
        for one in joined(messages)
    ]

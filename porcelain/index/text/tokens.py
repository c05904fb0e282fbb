"""The words of a folded text, as the full-text index holds them.

A word is a run of letters, digits and their marks. Scripts that are written without spaces
between words, and Korean, where particles are attached, are held as pairs of neighbouring
characters, and the last character of a run alone: so every part of a run can be found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

LONGEST = 64
"""Longer words are held, and looked up, by this beginning."""

# Thai, Lao, Myanmar, Khmer, kana, Bopomofo, Han, Hangul and their relatives.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf"
    "\u3005-\u3007\u3021-\u302f\u3031-\u3035\u3041-\u309f\u30a1-\u30fa\u30fc-\u31ff"
    "\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\ua980-\ua9ff\uaa60-\uaadf"
    "\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
# What belongs to the letter before it, in blocks; `re` has no class for it.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u0816-\u082d\u0859-\u085b"
    "\u0898-\u0963\u0966-\u0970\u0971-\u0df3\u0f18-\u0f39\u0f3e-\u0f84\u0f86-\u0fbc"
    "\u135d-\u135f\u1712-\u1734\u1ab0-\u1b59\u1b6b-\u1bf3\u1c24-\u1c37\u1cd0-\u1dff"
    "\u20d0-\u20f0\u2cef-\u2cf1\u2de0-\u2dff\ua66f-\ua672\ua674-\ua67d\ua69e\ua69f"
    "\ua802-\ua82c\ua880-\ua8c5\ua8e0-\ua8f1\uabe3-\uabea\ufb1e\ufe20-\ufe2f"
    "\U00010a01-\U00010a3f\U00011000-\U00011fff\U0001e000-\U0001e2ef"
)

_LONG = re.compile(rf"[a-z0-9]{{{LONGEST + 1}}}")
_ASCII_RUNS = re.compile("[a-z0-9]+")


@cache
def _runs() -> re.Pattern[str]:
    return re.compile(rf"[\w{_MARKS}{_UNSPACED}]+")


@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(f"([{_UNSPACED}]+)")


def in_word(character: str) -> bool:
    """Tell whether a character is part of a word that ends at a space, and not in a pair."""
    if character.isascii():
        return character.isalnum()
    return bool(_runs().match(character)) and not _unspaced().match(character)


def runs(folded: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of a folded text, and the runs of scripts without spaces (True)."""
    if folded.isascii():
        yield from ((found, False) for found in _ASCII_RUNS.findall(folded))
        return
    for run in _runs().findall(folded.replace("_", " ")):
        if run.isascii():
            yield run, False
            continue
        for number, part in enumerate(_unspaced().split(run)):
            if part:
                yield part, number % 2 == 1


def indexed(folded: str) -> str:
    """Return what the full-text index is given for a folded text: its words between spaces."""
    if folded.isascii() and not _LONG.search(folded):
        return folded  # the tokenizer of the index cuts ASCII as `runs` does
    found: list[str] = []
    for run, unspaced in runs(folded):
        if unspaced:
            found += map("".join, pairwise(run))
            found.append(run[-1])
        else:
            found.append(run[:LONGEST])
    return " ".join(found)


def looked_up(folded: str, *, is_prefix: bool = False) -> set[str]:
    """Return the terms of the full-text query that each text with this part in it answers.

    With `is_prefix` the last word may go on. An empty set says that the index does not help.
    """
    found: set[str] = set()
    parts = list(runs(folded))
    for number, (run, unspaced) in enumerate(parts):
        ends = is_prefix and number == len(parts) - 1 and folded.endswith(run)
        if unspaced and len(run) > 1:
            found.update(f'"{one}{other}"' for one, other in pairwise(run))
        else:
            open_end = unspaced or (ends and len(run) <= LONGEST)
            found.add(f'"{run[:LONGEST]}"' + (" *" if open_end else ""))
    return found

"""Messages that a search found, with an excerpt around what was looked for."""

from __future__ import annotations

import re

from porcelain.cli.render.looks.summary import ShownCommits
from porcelain.cli.render.terms.commit_terms import CommitTerms
from porcelain.cli.render.terms.message_terms import FoundIn, MessageTerms
from porcelain.display import iso_time, plain
from porcelain.index.text.question import Spans
from porcelain.repo.search import Hit

_BEFORE, _AFTER = 40, 80
_WORD = 12
_SPACE = re.compile(r"\s+")


def hit_terms(commits: ShownCommits, hit: Hit, spans: Spans) -> MessageTerms:
    """Return a message that was found as templates see it, with an excerpt."""
    excerpt = [
        ("match" if found else "", plain(text, None))
        for text, found in _excerpt(hit.found.text, spans)
    ]
    commit = CommitTerms(commits.context, commits, hit.place.row.pos)
    found = FoundIn(hit.session, excerpt, hit.found.time)
    return MessageTerms(commit, hit.number, hit.found.row, found)


def hit_data(commits: ShownCommits, hit: Hit, spans: Spans) -> dict[str, object]:
    """Return the same as data; `matches` are places in the excerpt."""
    found, place = hit.found, hit.place
    matches: list[list[int]] = []
    excerpt = ""
    for text, is_match in _excerpt(found.text, spans):
        if is_match:
            matches.append([len(excerpt), len(excerpt) + len(text)])
        excerpt += text
    return {
        "commit_id": place.row.id,
        "change_id": commits.repo.change_id(place.row.pos),
        "session": hit.session,
        "number": hit.number,
        "role": found.row.role,
        "time": iso_time(found.time // 1000),
        "id": found.row.native_id,
        "excerpt": excerpt,
        "matches": matches,
    }


def _excerpt(text: str, spans: Spans) -> list[tuple[str, bool]]:
    """Return one line around the first place that was found; True marks what was found."""
    lead = len(text) - len(text.lstrip())
    first = spans[0][0] if spans else lead
    start = _at_word(text, max(lead, first - _BEFORE), first)
    end = first + _AFTER
    parts: list[tuple[str, bool]] = [("…", False)] if start > lead else []
    here = start
    for begin, stop in spans:
        if here <= begin < end:
            until = min(stop, end)
            parts += [(text[here:begin], False), (text[begin:until], True)]
            here = until
    parts.append((text[here:end], False))
    if end < len(text.rstrip()):
        parts.append(("…", False))
    shown = [(_SPACE.sub(" ", part), found) for part, found in parts]
    return [(part, found) for part, found in shown if part]


def _at_word(text: str, start: int, first: int) -> int:
    """Return the beginning of a word at or soon after `start`, if there is one before `first`."""
    if start and not text[start - 1].isspace():
        space = _SPACE.search(text, start, min(start + _WORD, first))
        return space.end() if space else start
    return start

"""Sources: the imported files, as the part `imports` of a view keeps them.

A source's key is `<format>:<native id>:<random>`. An entry that version 1 wrote has the key
`<format>:<native id>`, and no commit with the rows of its file; the next import of the file
replaces it.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from porcelain.model.stored_json import list_of, number, object_id, one_of, record, text, truth
from store.ids import CommitId

CONTAINER = "container"
"""Stands for the native id of a file with several conversations, whose rows are those of all."""

MOST_EARLIER = 8
"""The number of earlier versions that a source remembers."""

_COMMON = {"rows": number(0, 1 << 53), "commit": object_id, "session": text}
_OF_VERSION_1 = record({**_COMMON, "last": text})
_OF_VERSION_2 = record(
    {
        **_COMMON,
        "stored": object_id,
        "location": text,
        "by": one_of("turn", "message", "file"),
        "torn": truth,
        "redacted": truth,
        "resumed": truth,
        "earlier": list_of(object_id),
    }
)


def source_form(value: object, place: str) -> object:
    """Accept the stored form of a source, of either version."""
    is_new = isinstance(value, dict) and "stored" in value
    return (_OF_VERSION_2 if is_new else _OF_VERSION_1)(value, place)


class Source(NamedTuple):
    """One imported file, or one conversation of a container.

    `rows` is the number of its rows, a torn last one not counted. `commit` is the change that
    holds the live end, as it was imported, and `session` the name that it went to. `stored` is
    the commit whose tree holds all rows in file order; None in an entry of version 1, which has
    the blob id of the last row, `last`, instead. `location` is where the file lies: a replica
    and a keyed hash of the real path; "" for input without a path. `by` says how rows are cut
    into changes. `torn` tells that one more row, a torn one, is stored at the end; `redacted`
    that rows differ from the file's by redaction; `resumed` that its conversation has
    other rows than the file: it was written here, or goes on from the rows of another file. `earlier` names the versions that the file
    had before it was rewritten, the newest first; they are not kept alive by this.
    """

    rows: int
    commit: CommitId
    session: str
    stored: CommitId | None = None
    last: str = ""
    location: str = ""
    by: str = "turn"
    torn: bool = False
    redacted: bool = False
    earlier: tuple[CommitId, ...] = ()
    resumed: bool = False

    def text(self) -> str:
        """Return the stored form."""
        fields = self._asdict()
        if self.stored is None:
            fields = {name: fields[name] for name in ("rows", "last", "commit", "session")}
        else:
            del fields["last"]
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> Source:
        """Read the stored form."""
        fields = json.loads(text)
        known = {name: fields[name] for name in cls._fields if name in fields}
        return cls(**known | {"earlier": tuple(fields.get("earlier", ()))})

    def commits(self) -> list[CommitId]:
        """Return the commits that it keeps alive."""
        earlier = self.earlier if self.redacted else ()  # else the text could come back
        return [self.commit, *([self.stored] if self.stored else []), *earlier]


class SourceKey(NamedTuple):
    """The parts of a source's key; `mark` is the random one, "" in an entry of version 1."""

    format: str
    native_id: str
    mark: str

    @property
    def is_container(self) -> bool:
        """Whether it is the source of a file with several conversations, and of none of them."""
        return self.native_id == CONTAINER and bool(self.mark)

    def text(self) -> str:
        """Return the key."""
        return ":".join((self.format, self.native_id, *([self.mark] if self.mark else [])))

    @classmethod
    def of(cls, key: str, source: Source) -> SourceKey:
        """Return the parts of the key of a source."""
        format_, _, rest = key.partition(":")
        if source.stored is None:
            return cls(format_, rest, "")
        native_id, _, mark = rest.rpartition(":")
        return cls(format_, native_id, mark)


def longer(ours: str, theirs: str) -> str:
    """Return the one of two versions of a source that has more rows; it names the other."""
    first, second = sorted((ours, theirs), key=lambda text: (-Source.of(text).rows, text))
    kept, other = Source.of(first), Source.of(second)
    if kept.stored is None or other.stored in (None, kept.stored, *kept.earlier):
        return first
    assert other.stored is not None
    return kept._replace(earlier=(other.stored, *kept.earlier)[:MOST_EARLIER]).text()

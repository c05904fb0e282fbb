"""Commits, encoded and decoded byte for byte as C git does, extra headers included.

libgit2's own constructor cuts a message at its first NUL and drops headers that it does not
know; this codec keeps every byte. Bytes that are not UTF-8 become surrogate escapes, so decode
and encode are inverse on every commit that `git fsck --strict` accepts, except one that ends
without the blank line that git always writes.

    tree <id>
    parent <id>                 (any number)
    author <name> <<email>> <seconds> <zone>
    committer …
    <extra headers: name, space, value; continuation lines begin with a space>
    <blank line>
    <message>
"""

from __future__ import annotations

import re
from typing import NamedTuple

from store.errors import CorruptObject
from store.ids import CommitId, TreeId, is_full_id
from store.objects.objects import ObjectReader, ObjectWriter, read_kind

MILLISECONDS = "time-ms"
"""The header with the author time in milliseconds, because git keeps whole seconds."""
_MOST_DIGITS = 4000  # `int` takes 4,300
_DELIMITERS = str.maketrans("", "", "<>\n\0")
_PERSON = r"(([^<>\n]*) <([^<>\n]*)> (-?[0-9]{1,18}) ([^>\n]*))\n"
_REGULAR = re.compile(  # nearly every commit; the others are taken apart line by line
    r"tree ([0-9a-f]{40})\n((?:parent [0-9a-f]{40}\n)*)"
    f"author {_PERSON}committer {_PERSON}((?:[^ \n].*\n)?)",
    re.DOTALL,
)


class Signature(NamedTuple):
    """A person and a time: seconds since the epoch, and the zone as git writes it (`+0100`)."""

    name: str
    email: str
    time: int
    zone: str = "+0000"


class Commit(NamedTuple):
    """A commit's content; `headers` are the extra ones, in order, after `committer`.

    A header without a value is its name and "", which git writes without a space.
    """

    tree: TreeId
    parents: tuple[CommitId, ...]
    author: Signature
    committer: Signature
    message: str
    headers: tuple[tuple[str, str], ...] = ()

    def header(self, name: str) -> str | None:
        """Return the first extra header called `name`, or None."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


UNLISTED = ("wj-unlisted", "1")
"""A header of commits that hold data of their own and are no step of a conversation.

The index leaves them out, so no listing, look-up or placement finds them.
"""


def encode_commit(commit: Commit) -> bytes:
    """Return the bytes of a commit object.

    The characters that would end a name or address early (`<`, `>`, newline, NUL) are left
    out, as in C git. Header values may span lines.
    """
    lines = [f"tree {commit.tree}"]
    lines += [f"parent {parent}" for parent in commit.parents]
    lines.append(f"author {_encode_signature(commit.author)}")
    lines.append(f"committer {_encode_signature(commit.committer)}")
    for key, value in commit.headers:
        lines.append(f"{key} " + value.replace("\n", "\n ") if value else key)
    return ("\n".join(lines) + "\n\n" + commit.message).encode("utf-8", "surrogateescape")


def decode_commit(data: bytes, commit_id: str = "") -> Commit:
    """Parse a commit object's bytes.

    Raises:
        CorruptObject: a required header is missing or unreadable.
    """
    head, separator, body = data.partition(b"\n\n")
    if not separator:
        head, body = data.rstrip(b"\n"), b""
    text = head.decode("utf-8", "surrogateescape")
    regular = _REGULAR.fullmatch(text + "\n")
    if regular:
        tree_id, above, author_text, *who, committer_text, name, email, time, zone, more = (
            regular.groups()
        )
        committer = Signature(name, email, int(time), zone)
        is_author = author_text == committer_text
        return Commit(
            TreeId(tree_id),
            tuple([CommitId(line[7:]) for line in above.splitlines()]) if above else (),
            committer if is_author else Signature(who[0], who[1], int(who[2]), who[3]),
            committer,
            body.decode("utf-8", "surrogateescape"),
            tuple(_headers(more[:-1])) if more else (),
        )
    fields = _headers(text)
    try:
        tree, parents, place = _links(fields)
        if fields[place][0] != "author" or fields[place + 1][0] != "committer":
            raise ValueError("no author or committer")
        author = _decode_signature(fields[place][1])
        committer = _decode_signature(fields[place + 1][1])
    except (ValueError, IndexError) as error:
        reason = str(error) if isinstance(error, ValueError) else "a header is missing"
        raise CorruptObject(commit_id, f"not a commit: {reason}") from None
    message = body.decode("utf-8", "surrogateescape")
    return Commit(tree, parents, author, committer, message, tuple(fields[place + 2 :]))


def read_commit(reader: ObjectReader, commit_id: CommitId) -> Commit:
    """Return the commit with this full id.

    Raises:
        ObjectNotFound, WrongObjectKind, CorruptObject
    """
    return decode_commit(read_kind(reader, commit_id, "commit"), commit_id)


def write_commit(writer: ObjectWriter, commit: Commit) -> CommitId:
    """Stage a commit."""
    return CommitId(writer.add("commit", encode_commit(commit)))


def milliseconds(commit: Commit) -> int:
    """Return the author time in milliseconds since the epoch.

    The header counts only if it is of the same second: a tool that changes the author time may
    leave it as it was.
    """
    text = commit.header(MILLISECONDS) or ""
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else -1
    return value if value // 1000 == commit.author.time else commit.author.time * 1000


def clean_person(text: str) -> str:
    """Return `text` as a signature allows it: no `<>`, no control characters."""
    kept = "".join(c for c in text if c not in "<>" and (c >= " " and c != "\x7f"))
    return kept.strip(" .,:;\"'\\")


def _encode_signature(who: Signature) -> str:
    name, email = (text.translate(_DELIMITERS) for text in (who.name, who.email))
    return f"{name} <{email}> {who.time} {who.zone}"


def _decode_signature(text: str) -> Signature:
    # The name may be empty and holds any characters except <>; the last ">" ends the address.
    opening = text.find("<")
    closing = text.rfind("> ")
    if opening < 0 or closing < opening:
        raise ValueError("a signature has no address")
    name = text[: opening - 1] if opening and text[opening - 1] == " " else text[:opening]
    seconds, _, zone = text[closing + 2 :].partition(" ")
    if not (seconds.isascii() and seconds.removeprefix("-").isdigit()):
        raise ValueError("a signature has no time")
    if len(seconds) > _MOST_DIGITS:
        raise ValueError(f"a signature's time has {len(seconds)} digits")
    return Signature(name, text[opening + 1 : closing], int(seconds), zone)


def _headers(text: str) -> list[tuple[str, str]]:
    # A header without a value, or a first line without a space, is kept whole as the name:
    # otherwise it would not be written again byte for byte.
    fields: list[tuple[str, str]] = []
    for line in text.split("\n"):
        key, _, value = line.partition(" ")
        if key and value:
            fields.append((key, value))
        elif key or not fields:
            fields.append((line, ""))
        else:
            fields[-1] = _continued(*fields[-1], value)
    return fields


def _continued(key: str, value: str, more: str) -> tuple[str, str]:
    if value:
        return key, f"{value}\n{more}"
    if key.endswith(" ") and "\n" not in key:
        return key[:-1], f"\n{more}"
    return f"{key}\n {more}", ""


def _links(fields: list[tuple[str, str]]) -> tuple[TreeId, tuple[CommitId, ...], int]:
    if fields[0][0] != "tree" or not is_full_id(fields[0][1]):
        raise ValueError("it names no tree")
    parents = []
    place = 1
    while fields[place][0] == "parent":
        if not is_full_id(fields[place][1]):
            raise ValueError("a parent is no id")
        parents.append(CommitId(fields[place][1]))
        place += 1
    return TreeId(fields[0][1]), tuple(parents), place

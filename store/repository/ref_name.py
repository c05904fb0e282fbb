"""Rules for the names of refs, sessions and tags.

`check_ref_name` has the rules of `git check-ref-format`. `check_name` adds ours for names
that are made here; a name from outside that breaks only these is still shown. The names of keys
(`key_name`) may be longer than others.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from store.errors import InvalidRefName
from store.ids import RefName, looks_like_id

SESSIONS = "refs/sessions/"
TAGS = "refs/tags/"
REMOTES = "refs/remotes/"
LONGEST = 200
_FORBIDDEN = frozenset(" ~^:?*[\\")
# Everything invisible or unassigned, bidirectional controls (in Cf) included; git's own
# rule refuses Cc.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})


def session_ref(name: str) -> RefName:
    """Return the ref of the session `name`."""
    return RefName(SESSIONS + name)


def check_ref_name(ref: str) -> RefName:
    """Return a full ref name if git accepts it.

    Raises:
        InvalidRefName: `reason` says which rule the name breaks.
    """
    reason = _git_rule_broken(ref)
    if reason:
        raise InvalidRefName(ref, reason)
    return RefName(ref)


def check_name(name: str) -> str:
    """Return `name` if a new session or tag may have it.

    Collisions with other names (path prefixes, case) are not checked here: that needs a
    list of them.

    Raises:
        InvalidRefName: `reason` says which rule the name breaks.
    """
    reason = _our_rule_broken(name) or _git_rule_broken(SESSIONS + name)
    if reason:
        raise InvalidRefName(name, reason)
    return name


def fold_name(name: str) -> str:
    """Return a key that is equal for names which differ only in case or Unicode normal form."""
    if name.isascii():
        return name.lower()
    folded = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", folded)


def _our_rule_broken(name: str) -> str:
    if not name:
        return "it is empty"
    try:
        size = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        return "it is not valid Unicode"
    if size > LONGEST and not _is_of_key(name):
        return f"it is {size} bytes long, at most {LONGEST} are allowed"
    if name.startswith("-"):
        return "it begins with '-', like an option"
    if " " in name:
        return "it holds a space"
    for char in name:
        if unicodedata.category(char) in _INVISIBLE:
            return f"it holds the invisible or control character U+{ord(char):04X}"
    kind = looks_like_id(name)
    return f"it looks like a full {kind}" if kind else ""


def _is_of_key(name: str) -> bool:
    from store.repository.key_name import is_encoded

    return is_encoded(name)


def _is_no_text(char: str) -> bool:
    # Half of a surrogate pair, unless it stands for a byte (surrogateescape).
    return "\ud800" <= char <= "\udfff" and not "\udc80" <= char <= "\udcff"


@lru_cache(1024)
def _git_rule_broken(ref: str) -> str:
    if ref.startswith("/") or ref.endswith("/") or "//" in ref:
        return "it begins or ends with '/', or has an empty part"
    if ".." in ref:
        return "it holds '..'"
    if "@{" in ref:
        return "it holds '@{'"
    if ref.endswith("."):
        return "it ends with '.'"
    for char in ref:
        if char in _FORBIDDEN or char < " " or char == "\x7f" or _is_no_text(char):
            return f"it holds the character {ascii(char)}"
    for part in ref.split("/"):
        if part.startswith("."):
            return "a part of it begins with '.'"
        if part.endswith(".lock"):
            return "a part of it ends with '.lock'"
        if len(part.encode("utf-8", "surrogateescape")) > 250:
            return "a part of it is longer than 250 bytes"
    return "" if "/" in ref else "it is not a full ref name"

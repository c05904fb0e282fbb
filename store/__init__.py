"""Conversations in a bare git repository: saved, forked and listed as commits.

    import store

    sessions = store.SessionStore.init("conversations.git")
    root = sessions.save(session)                          # -> CommitInfo
    again = sessions.save(longer, parent=root.id)
    other = sessions.fork(root.id, session.with_id("try-b"))
    sessions.load(other.id)

A `Session` is one conversation: a document, and the messages in it (`Message`), each kept
byte for byte. A *commit* is the whole conversation up to a point; saving a longer one adds
a commit, and any commit can be continued more than once: that is a fork. A session's name is
a ref, `refs/sessions/<name>`, that moves to each new commit; nothing that a ref reaches is
ever lost. `SessionStore` has the calls, `CommitInfo` says what one commit holds without
reading its messages, and `TIP` stands for "where the session is now".

Every error is a `StoreError`; each says what, where and why, and that nothing was changed.
Names are loaded when they are first used, so importing this costs next to nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if sys.platform == "win32":
    raise ImportError(
        "store runs on Linux and macOS: it needs their file locks and renames; "
        "on Windows use it in WSL"
    )

if TYPE_CHECKING:
    from store.document.row_format import Format
    from store.errors import (
        AmbiguousId,
        CorruptObject,
        CorruptRef,
        EraseRefused,
        FieldError,
        ForeignOwner,
        IdError,
        InvalidRefName,
        InvalidSession,
        NotARepository,
        NotDurable,
        NotErased,
        ObjectError,
        ObjectNotFound,
        RefConflict,
        RefError,
        RefLocked,
        RepositoryError,
        SessionExists,
        StorageFailure,
        StoreError,
        StoreLocked,
        TokenExpired,
        UnknownId,
        UnsafeRepository,
        UnsupportedRepository,
        WrongObjectKind,
    )
    from store.ids import CommitId, RefName
    from store.index.session_log import Change
    from store.maintenance.housekeeping import gc
    from store.maintenance.verify import Problem, verify
    from store.objects.commit import Commit, Signature
    from store.repository.key_name import decode_name, encode_name, encode_prefix
    from store.repository.repository import Repository, Shared
    from store.session.message import Message
    from store.session.session import Session
    from store.session_store.addition import Headers
    from store.session_store.batch import Batch
    from store.session_store.commit_info import CommitInfo
    from store.session_store.erasing import Erased
    from store.session_store.following import FoundMessage
    from store.session_store.store import Forked, SessionStore
    from store.session_store.writer import TIP, Parent, Tip
    from store.tree_layout.attachments import Attachments
    from store.tree_layout.layout import Layout

__all__ = [
    "TIP",
    "AmbiguousId",
    "Attachments",
    "Batch",
    "Change",
    "Commit",
    "CommitId",
    "CommitInfo",
    "CorruptObject",
    "CorruptRef",
    "EraseRefused",
    "Erased",
    "FieldError",
    "ForeignOwner",
    "Forked",
    "Format",
    "FoundMessage",
    "Headers",
    "IdError",
    "InvalidRefName",
    "InvalidSession",
    "Layout",
    "Message",
    "NotARepository",
    "NotDurable",
    "NotErased",
    "ObjectError",
    "ObjectNotFound",
    "Parent",
    "Problem",
    "RefConflict",
    "RefError",
    "RefLocked",
    "RefName",
    "Repository",
    "RepositoryError",
    "Session",
    "SessionExists",
    "SessionStore",
    "Shared",
    "Signature",
    "StorageFailure",
    "StoreError",
    "StoreLocked",
    "Tip",
    "TokenExpired",
    "UnknownId",
    "UnsafeRepository",
    "UnsupportedRepository",
    "WrongObjectKind",
    "decode_name",
    "encode_name",
    "encode_prefix",
    "gc",
    "verify",
]

_HOMES = {
    **dict.fromkeys(("Commit", "Signature"), "store.objects.commit"),
    **dict.fromkeys(("CommitId", "RefName"), "store.ids"),
    "gc": "store.maintenance.housekeeping",
    **dict.fromkeys(("Problem", "verify"), "store.maintenance.verify"),
    **dict.fromkeys(("Forked", "SessionStore"), "store.session_store.store"),
    **dict.fromkeys(("Parent", "TIP", "Tip"), "store.session_store.writer"),
    "Headers": "store.session_store.addition",
    "Attachments": "store.tree_layout.attachments",
    **dict.fromkeys(("Repository", "Shared"), "store.repository.repository"),
    "Layout": "store.tree_layout.layout",
    "Format": "store.document.row_format",
    "CommitInfo": "store.session_store.commit_info",
    "Batch": "store.session_store.batch",
    "Change": "store.index.session_log",
    "FoundMessage": "store.session_store.following",
    "Erased": "store.session_store.erasing",
    "Message": "store.session.message",
    **dict.fromkeys(("decode_name", "encode_name", "encode_prefix"), "store.repository.key_name"),
    "Session": "store.session.session",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'store' has no attribute {name!r}")

    value: object = getattr(import_module(_HOMES.get(name, "store.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

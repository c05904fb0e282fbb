"""OpenAISession: the `Session` of the OpenAI Agents SDK, with branches, in a bare git repository."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Self, TypeVar, cast

from agents.memory import session_settings as settings

from store.adapters.calls import OrderedCalls
from store.errors import RefConflict, SessionExists, UnknownId
from store.ids import BlobId, CommitId
from store.repository.key_name import decode_name, encode_name, encode_prefix, is_encoded
from store.session.message import message_ids
from store.session.session import Session
from store.session_store.store import SessionStore

Item = dict[str, Any]

MAIN, _FORMAT, _PREVIEW = "main", "openai-chat", 100
_Result = TypeVar("_Result")


class OpenAISession:
    """The history of one conversation, with its branches.

    The session is `encode_name(session_id)`, a branch `encode_name(session_id, branch)`. The
    methods are those of the SDK's `Session`, and the branching ones of its
    `AdvancedSQLiteSession`. An instance has a current branch, "main" at first. Nothing is lost:
    what `pop_item` and `clear_session` remove stays in the repository, and `wj undo` brings it
    back. Any number of instances and processes may use one conversation.
    """

    def __init__(
        self,
        session_id: str,
        store: SessionStore | str | os.PathLike[str],
        *,
        session_settings: settings.SessionSettings | dict[str, Any] | None = None,
    ) -> None:
        """Use an open store, or the repository at a path, which is created where there is none."""
        self.session_id = session_id
        given = session_settings or settings.SessionSettings()
        self.session_settings = settings.coerce_session_settings(given)
        self._owned = not isinstance(store, SessionStore)
        self.sessions = store if isinstance(store, SessionStore) else SessionStore.init(store)
        self._calls = OrderedCalls()
        self._branch = MAIN
        self._known_turns: dict[str, tuple[CommitId | None, list[BlobId], list[Item]]] = {}
        self._closed = False

    async def get_items(self, limit: int | None = None, branch_id: str | None = None) -> list[Item]:
        """Return the items of the current or another branch, oldest first.

        `limit` gives the number of newest items; None is the settings' limit.
        """
        most = settings.resolve_session_limit(limit, self.session_settings)
        return await self._run(lambda: self._items(branch_id, most))

    async def add_items(self, items: list[Item]) -> None:
        """Add items to the current branch, as one commit: all or none.

        Raises:
            InvalidSession: an item that is no JSON object; nothing is added.
        """
        rows, branch = list(items), self._branch
        await self._run(lambda: self._add(branch, rows) if rows else None)

    async def pop_item(self) -> Item | None:
        """Remove the newest item of the current branch and return it; None if there is none."""
        branch = self._branch
        return await self._run(lambda: self._pop(branch))

    async def clear_session(self) -> None:
        """Delete the conversation and its branches, and go back to "main"."""
        await self._run(self._clear)
        self._branch = MAIN

    async def create_branch_from_turn(
        self, turn_number: int, branch_name: str | None = None
    ) -> str:
        """Begin a branch before a user's turn of the current branch, and switch to it.

        Turns are numbered from 1. Returns the branch's name, which is made if none is given.

        Raises:
            ValueError: there is no such turn, or the name is blank or in use.
        """
        if branch_name is not None and not branch_name.strip():
            raise ValueError("Branch name cannot be empty")
        source = self._branch
        name = await self._run(lambda: self._fork(source, turn_number, branch_name))
        self._branch = name
        return name

    async def create_branch_from_content(
        self, search_term: str, branch_name: str | None = None
    ) -> str:
        """Begin a branch before the first user's turn that contains a text, and switch to it.

        Raises:
            ValueError: no turn contains it, or as in `create_branch_from_turn`.
        """
        found = await self.find_turns_by_content(search_term)
        if not found:
            raise ValueError(f"No user turns found containing '{search_term}'")
        return await self.create_branch_from_turn(found[0]["turn"], branch_name)

    async def switch_to_branch(self, branch_id: str) -> None:
        """Make a branch the current one of this instance.

        Raises:
            ValueError: there is no such branch.
        """
        await self._run(lambda: self._check_branch(branch_id))
        self._branch = branch_id

    async def delete_branch(self, branch_id: str, force: bool = False) -> None:
        """Delete a branch; with `force` also the current one, which goes back to "main".

        Raises:
            ValueError: it is "main", or the current one, or there is none.
        """
        if not branch_id or not branch_id.strip():
            raise ValueError("Branch ID cannot be empty")
        if branch_id == MAIN:
            raise ValueError("Cannot delete the 'main' branch")
        if branch_id == self._branch and not force:
            why = "Use force=True or switch first"
            raise ValueError(f"Cannot delete current branch '{branch_id}'. {why}")
        await self._run(lambda: self._check_branch(branch_id))
        await self._run(lambda: self.sessions.delete(self._own(branch_id)))
        if branch_id == self._branch:
            self._branch = MAIN

    async def list_branches(self) -> list[dict[str, Any]]:
        """Return the branches, oldest first: id, numbers of messages and turns, whether current."""
        found = await self._run(self._branches)
        here = self._branch if any(one["branch_id"] == self._branch for one in found) else MAIN
        return [{**one, "is_current": one["branch_id"] == here} for one in found]

    async def get_conversation_turns(self, branch_id: str | None = None) -> list[dict[str, Any]]:
        """Return the user's turns of a branch: number and text, at most 100 characters of it."""
        turns = await self._run(lambda: self._turns(self._name(branch_id)))
        return [{**turn, "content": _preview(turn["full_content"], _PREVIEW)} for turn in turns]

    async def find_turns_by_content(
        self, search_term: str, branch_id: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the user's turns that contain a text, upper and lower case alike."""
        wanted = re.compile(re.escape(search_term), re.IGNORECASE | re.ASCII)
        turns = await self._run(lambda: self._turns(self._name(branch_id)))
        return [turn for turn in turns if any(map(wanted.search, _texts(turn["full_content"])))]

    def close(self) -> None:
        """End the thread of the calls, and close the repository unless a store was given."""
        if not self._closed:
            self._closed = True
            self._calls.close()
            if self._owned:
                self.sessions.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the session."""
        self.close()

    async def _run(self, call: Callable[[], _Result]) -> _Result:
        if self._closed:
            raise RuntimeError("the session is closed")
        return await self._calls.run(call)

    def _own(self, branch: str) -> str:
        return encode_name(self.session_id, *([] if branch == MAIN else [branch]))

    def _name(self, branch: str | None) -> str:
        return self._here(self._branch) if branch is None else self._own(branch)

    def _here(self, branch: str) -> str:
        """Return the session of an instance's branch: "main" where another has deleted that."""
        is_gone = self._own(branch) not in self.sessions
        if is_gone and branch == self._branch:
            self._branch = MAIN  # also if another begins a branch of this name
        return self._own(MAIN if is_gone else branch)

    def _items(self, branch: str | None, most: int | None) -> list[Item]:
        place = self.sessions.place(self._name(branch))
        if place is None or most == 0:
            return []
        start = self.sessions.load(place.id).rows - most if most and most > 0 else 0
        raw = b",".join(one.raw for one in self.sessions.iter_messages(place.id, start))
        return cast("list[Item]", json.loads(b"[" + raw + b"]"))

    def _add(self, branch: str, rows: list[Item]) -> None:
        while True:
            name = self._here(branch)
            try:
                if name in self.sessions:
                    self.sessions.append(name, rows)
                else:
                    self.sessions.save(Session.of(rows, id=name, format=_FORMAT), parent=None)
            except (RefConflict, UnknownId):
                continue  # another writer began or deleted it meanwhile
            return

    def _pop(self, branch: str) -> Item | None:
        while True:
            name = self._here(branch)
            try:
                tip = self.sessions.resolve(name)
                session = self.sessions.load(name)
                if not session.rows:
                    return None
                last = cast(Item, json.loads(session.messages[-1].raw))
                self.sessions.save(session.with_messages(session.messages[:-1]), parent=tip)
            except RefConflict:
                continue  # another writer added meanwhile
            except UnknownId:
                return None
            return last

    def _clear(self) -> None:
        with suppress(UnknownId), self.sessions.batch() as batch:
            for name in (self._own(MAIN), *self._others()):
                if name in self.sessions:
                    batch.delete(name)
            return
        self._clear()  # another instance has deleted one

    def _others(self) -> list[str]:
        """Return the sessions of the branches but "main", by name."""
        found = self.sessions.sessions(prefix=encode_prefix(self.session_id), order="name")
        return [one.name for one in found if one.name and is_encoded(one.name)]

    def _fork(self, source: str, turn: int, branch: str | None) -> str:
        turns = self._turns(self._here(source))
        if not 1 <= turn <= len(turns):
            raise ValueError(f"Turn {turn} does not contain a user message in branch '{source}'")
        number = 1
        while True:
            name = branch or f"branch_from_turn_{turn}_{number}"
            number += 1
            with suppress(SessionExists):
                if name != MAIN:
                    row = turns[turn - 1]["row"]
                    self.sessions.fork(self._here(source), self._own(name), at=row)
                    return name
            if branch:
                raise ValueError(f"Branch ID '{name}' has already been used. Choose a new one.")

    def _check_branch(self, branch: str) -> None:
        if self._own(branch) not in self.sessions:
            raise ValueError(f"Branch '{branch}' does not exist")

    def _branches(self) -> list[dict[str, Any]]:
        found = []
        for name in (self._own(MAIN), *self._others()):
            if name in self.sessions:
                users = len(self._turns(name))
                *_, first = self.sessions.lineage(name)
                branch = (*decode_name(name), MAIN)[1]
                at = {"message_count": self.sessions.load(name).rows, "user_turns": users}
                found.append({"branch_id": branch, **at, "created_at": first.timestamp})
        return found

    def _turns(self, name: str) -> list[dict[str, Any]]:
        """Return the user's turns in a session, with their rows; new rows alone are read."""
        place = self.sessions.place(name)
        tip = place.id if place else None
        known, before, turns = self._known_turns.get(name, (None, [], []))
        if tip is None or tip != known:
            rows = self.sessions.load(tip).messages if tip else ()
            ids = message_ids(rows)
            if ids[: len(before)] != before:
                before, turns = [], []
            for row in range(len(before), len(ids)):
                if rows[row].role == "user":
                    content = cast(Item, rows[row].value).get("content", "")
                    turn = {"turn": len(turns) + 1, "content": _preview(content), "row": row}
                    turns.append({**turn, "full_content": content, "can_branch": True})
            self._known_turns[name] = tip, ids, turns
        return [{**turn} for turn in turns]


def _preview(content: object, most: int | None = None) -> str:
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return text if most is None or len(text) <= most else f"{text[:most]}..."


def _texts(content: object) -> list[str]:
    parts = [content] if isinstance(content, str) else content
    texts = [p.get("text") if isinstance(p, Mapping) else p for p in cast("list[object]", parts)]
    return [text for text in texts if isinstance(text, str)]

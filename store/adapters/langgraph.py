"""GitSaver: a checkpointer of LangGraph, in a bare git repository: each checkpoint is a commit."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, Unpack, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
    get_checkpoint_id,
    get_checkpoint_metadata,
)

from store.adapters.calls import OrderedCalls
from store.adapters.langgraph_lines import Thread, Threads
from store.adapters.langgraph_rows import Entry, Write, item_of, items_of, value_of, values_of
from store.session_store.store import SessionStore
from store.session_store.writer import Options

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def _off_the_loop(
    method: Callable[Concatenate[GitSaver, _Given], _Result],
) -> Callable[Concatenate[GitSaver, _Given], Coroutine[Any, Any, _Result]]:
    """Return a method that awaits another one, which runs in the saver's own thread."""

    @wraps(method)
    async def call(self: GitSaver, *args: _Given.args, **named: _Given.kwargs) -> _Result:
        return await self._calls.run(lambda: method(self, *args, **named))

    return cast("Callable[Concatenate[GitSaver, _Given], Coroutine[Any, Any, _Result]]", call)


class GitSaver(BaseCheckpointSaver[int]):
    """Checkpoints as commits: git's history of a thread is the graph of its checkpoints.

    A thread's namespace is the session `encode_name("langgraph", thread_id, checkpoint_ns)`;
    each further line of checkpoints, begun by going back in time, is a session of its own. Equal
    values and equal items of lists are stored once. Deleting and pruning hide checkpoints: their
    commits stay, and `wj undo` brings them back. Safe for threads, tasks and processes.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, serde: Any = None, **options: Unpack[Options]
    ) -> None:
        """Open the repository at `path`, or create it; `options` are those of `SessionStore`."""
        super().__init__(serde=serde)
        self.sessions = SessionStore.init(path, **options)
        self._threads = Threads(self.sessions)
        self._lock = threading.RLock()
        self._calls = OrderedCalls()

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,  # noqa: ARG002 - equal values are found by their content
    ) -> RunnableConfig:
        """Store a checkpoint as a commit on that of its parent, and return its config."""
        thread_id, ns = _thread(config), config["configurable"].get("checkpoint_ns", "")
        rest = {key: value for key, value in checkpoint.items() if key != "channel_values"}
        items, channels = items_of(self.serde, checkpoint["channel_values"])
        kept: dict[str, Any] = {
            "id": checkpoint["id"],
            "parent": get_checkpoint_id(config),
            "metadata": get_checkpoint_metadata(config, metadata),
            "rest": item_of(self.serde, rest).row,
        }
        with self._lock:
            self._threads.of(thread_id).put(ns, kept, items, channels)
        return _config(thread_id, ns, checkpoint["id"])

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Store writes of a task for a checkpoint, those that it has already once."""
        replace = all(channel in WRITES_IDX_MAP for channel, _ in writes)
        ns, checkpoint_id = (
            config["configurable"].get("checkpoint_ns", ""),
            get_checkpoint_id(config),
        )
        made = [
            Write(
                str(checkpoint_id),
                task_id,
                WRITES_IDX_MAP.get(channel, number),
                task_path,
                channel,
                item_of(self.serde, value).row,
                replace,
            )
            for number, (channel, value) in enumerate(writes)
        ]
        with self._lock:
            self._threads.of(_thread(config)).write(ns, made)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return a checkpoint, by default the latest of its thread and namespace."""
        return self._get(config, gone=False)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - the framework's word
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Return checkpoints, newest first; without a config those of all threads."""
        wanted = config["configurable"] if config else {}
        until = get_checkpoint_id(before) if before else None
        exact = get_checkpoint_id(config) if config else None
        with self._lock:
            threads = [_thread(config)] if config else self._threads.ids()
            found: list[tuple[Thread, Entry]] = []
            for thread in map(self._threads.of, threads):
                found += [(thread, one) for one in thread.entries(wanted.get("checkpoint_ns"))]
            found.sort(key=lambda one: one[1].id, reverse=True)
            chosen = [
                (thread, entry)
                for thread, entry in found
                if (exact is None or entry.id == exact)
                and (until is None or entry.id < until)
                and all(entry.metadata.get(key) == value for key, value in (filter or {}).items())
            ][: None if limit is None else max(limit, 0)]
            tuples = [self._tuple(thread, entry) for thread, entry in chosen]
        yield from tuples

    def delete_thread(self, thread_id: str) -> None:
        """Delete a thread with all its namespaces; `wj undo` brings its sessions back."""
        with self._lock:
            self._threads.of(str(thread_id)).delete()

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Hide the checkpoints of these runs, in all threads."""
        runs = set(run_ids)
        with self._lock:
            for thread_id in self._threads.ids() if runs else ():
                thread = self._threads.of(thread_id)
                thread.hide([e for e in thread.entries() if e.metadata.get("run_id") in runs])

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy a thread: the copy's commits begin at those of the source.

        Raises:
            SessionExists: there is such a thread already.
        """
        with self._lock:
            self._threads.of(str(source_thread_id)).copy(str(target_thread_id))

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Hide all but the latest checkpoint of each namespace, or ("delete") delete the threads.

        What hidden checkpoints wrote to delta channels still counts.

        Raises:
            ValueError: another strategy.
        """
        if strategy not in ("keep_latest", "delete"):
            raise ValueError(f"no strategy {strategy!r}: it is 'keep_latest' or 'delete'")
        with self._lock:
            for thread in (self._threads.of(str(one)) for one in thread_ids):
                if strategy == "delete":
                    thread.delete()
                else:
                    latest = {one.ns: one for one in sorted(thread.entries(), key=lambda e: e.id)}
                    kept = [one.id for one in latest.values()]
                    thread.hide([one for one in thread.entries() if one.id not in kept])

    def get_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """Return the writes of channels up to their stored values, hidden ones included."""
        found: Mapping[str, DeltaChannelHistory] = BaseCheckpointSaver.get_delta_channel_history(
            cast(Any, _WithHidden(self)), config=config, channels=channels
        )
        return found

    aput = _off_the_loop(put)
    aput_writes = _off_the_loop(put_writes)
    aget_tuple = _off_the_loop(get_tuple)
    adelete_thread = _off_the_loop(delete_thread)
    adelete_for_runs = _off_the_loop(delete_for_runs)
    acopy_thread = _off_the_loop(copy_thread)
    aprune = _off_the_loop(prune)
    aget_delta_channel_history = _off_the_loop(get_delta_channel_history)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - the framework's word
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Yield checkpoints as `list` does, off the event loop."""

        def listed() -> tuple[CheckpointTuple, ...]:
            return tuple(self.list(config, filter=filter, before=before, limit=limit))

        for one in await self._calls.run(listed):
            yield one

    def close(self) -> None:
        """Close the repository, after the calls that were made."""
        self._calls.close()
        self.sessions.close()

    def __enter__(self) -> Self:
        """Return the saver, which is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the saver."""
        self.close()

    def _get(self, config: RunnableConfig, *, gone: bool) -> CheckpointTuple | None:
        ns, checkpoint_id = (
            config["configurable"].get("checkpoint_ns", ""),
            get_checkpoint_id(config),
        )
        with self._lock:
            thread = self._threads.of(_thread(config))
            entry = thread.find(ns, checkpoint_id, gone=gone)
            return self._tuple(thread, entry) if entry else None

    def _tuple(self, thread: Thread, entry: Entry) -> CheckpointTuple:
        checkpoint = value_of(self.serde, entry.rest)
        values = values_of(self.serde, entry.channels, thread.rows(entry))
        parent = _config(thread.id, entry.ns, entry.parent) if entry.parent else None
        return CheckpointTuple(
            _config(thread.id, entry.ns, entry.id),
            {**checkpoint, "channel_values": values},
            entry.metadata,  # type: ignore[arg-type]
            parent,
            [
                (one.task, one.channel, value_of(self.serde, one.value))
                for one in thread.writes(entry)
            ],
        )


class _WithHidden:
    """A saver as the walk through ancestors sees it."""

    def __init__(self, saver: GitSaver) -> None:
        self.get_tuple = lambda config: saver._get(config, gone=True)


def _thread(config: RunnableConfig) -> str:
    return str(config["configurable"]["thread_id"])


def _config(thread_id: str, ns: str, checkpoint_id: str) -> RunnableConfig:
    own = {"thread_id": thread_id, "checkpoint_ns": ns, "checkpoint_id": checkpoint_id}
    return {"configurable": own}

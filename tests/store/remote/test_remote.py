"""Fetch and push through git: several transports, limits, refusals, and servers that break."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from store.errors import GitMissing, RemoteFailure, TransferLimit, UntrustedConfig
from store.ids import CommitId
from store.remote.fetch import Received, Source, remote_refs
from store.remote.push import RefPush, push_refs
from store.remote.transport import Limits
from store.repository.repository import Repository
from tests.harness.bare import commit, fresh, git, leftovers, set_ref
from tests.store.remote.servers import (
    cut_off,
    fake_server,
    git_daemon,
    http_server,
    needs_daemon,
    needs_http,
    needs_ssh,
    packet,
    ssh_server,
)

PATTERNS = ("refs/sessions/*", "refs/tags/*")


class Pair:
    """A hub with one session, and a repository that knows nothing of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hub = fresh(folder / "hub.git")
        self.first = commit(self.hub, "one")
        self.tip = commit(self.hub, "two", self.first)
        set_ref(self.hub, "refs/sessions/talk", self.tip)
        self.here = fresh(folder / "here.git")

    @contextmanager
    def served(self, by: str) -> Iterator[str]:
        """Yield a URL of the hub."""
        if by == "path":
            yield self.hub.path
        elif by in ("daemon", "ssh"):
            with (git_daemon if by == "daemon" else ssh_server)(self.folder) as url:
                yield f"{url}/hub.git"
        else:
            self.hub.set_config({"http.receivepack": "true"})
            with http_server(self.folder) as url:
                yield f"{url}/hub.git"


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """Return a hub and a repository."""
    return Pair(tmp_path)


def silent(url: str, **limits: float) -> Source:
    """Return a source with tight limits."""
    return Source(url, Limits()._replace(**limits))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "by",
    [
        "path",
        pytest.param("daemon", marks=needs_daemon),
        pytest.param("http", marks=needs_http),
        pytest.param("ssh", marks=needs_ssh),
    ],
)
def test_fetch_and_push(pair: Pair, by: str) -> None:
    with pair.served(by) as url:
        refs = remote_refs(pair.here, Source(url), PATTERNS)
        assert {name: ref.id for name, ref in refs.items()} == {"refs/sessions/talk": pair.tip}

        with Received(pair.here) as received:
            assert received.fetch(Source(url), [pair.tip]) == 1
            assert received.fetch(Source(url), [pair.tip]) == 0
            assert pair.here.exists(pair.first)
            assert not Repository.open(pair.here.path).exists(pair.first)
            received.land()
            assert Repository.open(pair.here.path).exists(pair.first)
            mine = commit(pair.here, "three", pair.tip)
            set_ref(pair.here, "refs/sessions/talk", mine)
        assert leftovers(pair.here.path) == []

        moves = [RefPush("refs/sessions/talk", mine, pair.tip)]
        assert push_refs(pair.here, Source(url), moves) == []
        new = [RefPush("refs/sessions/new", mine, None), RefPush("refs/sessions/talk", None, mine)]
        assert push_refs(pair.here, Source(url), new, atomic=True) == []
    assert git(pair.hub.path, "for-each-ref", "--format=%(refname)").split() == [
        b"refs/sessions/new"
    ]


def test_a_ref_that_moved_is_left_and_the_others_are_pushed(pair: Pair) -> None:
    with Received(pair.here) as received:
        received.fetch(Source(pair.hub.path), [pair.tip])
        received.land()
        set_ref(pair.here, "refs/sessions/talk", pair.tip)
    stale = RefPush("refs/sessions/talk", pair.first, pair.first)
    (rejected,) = push_refs(
        pair.here, Source(pair.hub.path), [stale, RefPush("refs/sessions/x", pair.tip, None)]
    )

    assert (rejected.ref, rejected.stale) == ("refs/sessions/talk", True)
    refs = remote_refs(pair.here, Source(pair.hub.path), PATTERNS)
    assert {name: ref.id for name, ref in refs.items()} == {
        "refs/sessions/talk": pair.tip,
        "refs/sessions/x": pair.tip,
    }


def test_a_hook_of_the_remote_may_refuse(pair: Pair) -> None:
    hook = Path(pair.hub.path, "hooks", "update")
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    with Received(pair.here) as received:
        received.fetch(Source(pair.hub.path), [pair.tip])
        received.land()
        set_ref(pair.here, "refs/sessions/talk", pair.tip)
    (rejected,) = push_refs(
        pair.here, Source(pair.hub.path), [RefPush("refs/sessions/x", pair.tip, None)]
    )
    assert (rejected.stale, rejected.reason) == (False, "hook declined")


def test_more_than_the_limit_is_not_taken(pair: Pair) -> None:
    with Received(pair.here) as received, pytest.raises(TransferLimit, match="more than 0 MiB"):
        received.fetch(silent(pair.hub.path, size=10), [pair.tip])
    assert not pair.here.exists(pair.tip)
    assert leftovers(pair.here.path) == []


def test_a_killed_fetch_leaves_nothing_for_long(pair: Pair) -> None:
    left = Path(pair.here.path, "wj-staging", "1-abc.fetch", "pack")
    left.mkdir(parents=True)
    (left / "tmp_pack_x").write_bytes(b"half")
    with Received(pair.here) as received:
        received.fetch(Source(pair.hub.path), [pair.tip])
    assert leftovers(pair.here.path) == []


def _hang(connection: socket.socket) -> None:
    connection.recv(1000)
    threading.Event().wait(1)


def test_a_server_that_says_nothing_is_given_up(pair: Pair) -> None:
    with fake_server(_hang) as url, pytest.raises(TransferLimit, match="nothing arrived"):
        remote_refs(pair.here, silent(url, silence=0.3), PATTERNS)


def _break_off(connection: socket.socket) -> None:
    connection.recv(1000)
    connection.sendall(packet(b"0" * 40 + b" refs/sessions/x\0side-band-64k\n")[:20])


def test_a_server_that_breaks_off_changes_nothing(pair: Pair) -> None:
    with fake_server(_break_off) as url, pytest.raises(RemoteFailure):
        remote_refs(pair.here, Source(url), PATTERNS)
    assert leftovers(pair.here.path) == []


@needs_daemon
def test_a_server_that_dies_in_the_middle_of_a_pack_changes_nothing(pair: Pair) -> None:
    noise = "".join(f"{number * 7919:x}" for number in range(20_000))
    big = commit(pair.hub, noise, pair.tip)
    set_ref(pair.hub, "refs/sessions/talk", big)
    with git_daemon(pair.folder) as url:
        whole = f"{url}/hub.git"
        with (
            Received(pair.here) as received,
            cut_off(whole, 20_000) as broken,
            pytest.raises(RemoteFailure),
        ):
            received.fetch(Source(broken), [big])
        assert not pair.here.exists(big)
        assert leftovers(pair.here.path) == []
        assert git(pair.here.path, "for-each-ref") == b""
        with Received(pair.here) as received:
            received.fetch(Source(whole), [big])
            assert pair.here.exists(big)
        assert not pair.here.exists(big)  # it was not accepted
        assert leftovers(pair.here.path) == []


def _list_forever(connection: socket.socket) -> None:
    connection.recv(1000)
    line = "{:040x} refs/sessions/{}\n"
    connection.sendall(packet(f"{1:040x} refs/sessions/0\0side-band-64k\n".encode()))
    for start in range(1, 10_000_000, 1000):
        some = (packet(line.format(n, n).encode()) for n in range(start, start + 1000))
        connection.sendall(b"".join(some))


def test_refs_without_end_do_not_fill_the_memory(pair: Pair) -> None:
    with fake_server(_list_forever) as url, pytest.raises(RemoteFailure, match="memory"):
        remote_refs(pair.here, silent(url, memory=24 << 20), PATTERNS)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/nowhere/at/all", "there is no git repository"),
        ("http://ada:sesame@127.0.0.1:9/x", "the host cannot be reached"),
        ("ext::sh -c true", "git does not allow this transport"),
    ],
)
def test_errors_are_clear_and_show_no_password(pair: Pair, url: str, said: str) -> None:
    with pytest.raises(RemoteFailure, match=said) as caught:
        remote_refs(pair.here, Source(url), PATTERNS)
    assert "sesame" not in str(caught.value)


@needs_http
def test_a_refused_password_is_said(pair: Pair) -> None:
    with (
        http_server(pair.folder, password="x") as url,
        pytest.raises(RemoteFailure, match="access is refused"),
    ):
        remote_refs(pair.here, Source(f"{url}/hub.git"), PATTERNS)


def test_git_is_needed(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(GitMissing, match="git is not installed"):
        remote_refs(pair.here, Source(pair.hub.path), PATTERNS)


def test_a_received_config_starts_nothing(pair: Pair) -> None:
    git(pair.here.path, "config", "core.sshCommand", "touch stolen")
    with pytest.raises(UntrustedConfig):
        remote_refs(pair.here, Source("ssh://nowhere/x"), PATTERNS)


def test_a_commit_that_the_remote_does_not_have_is_refused(pair: Pair) -> None:
    with Received(pair.here) as received, pytest.raises(RemoteFailure):
        received.fetch(Source(pair.hub.path), [CommitId("12" * 20)])
    assert leftovers(pair.here.path) == []


def test_a_surrounding_git_names_no_other_repository(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/nowhere")
    assert remote_refs(pair.here, Source(pair.hub.path), PATTERNS)

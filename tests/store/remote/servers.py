"""Git servers on the loopback interface: `git daemon`, `sshd`, `git http-backend` behind a small server."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

_CORE = Path(
    subprocess.run(
        ["git", "--exec-path"], capture_output=True, text=True, check=True
    ).stdout.strip()
)
needs_daemon = pytest.mark.skipif(
    not (_CORE / "git-daemon").exists(), reason="git daemon (git-daemon-run, or git from source)"
)
needs_http = pytest.mark.skipif(
    not (_CORE / "git-http-backend").exists(), reason="git http-backend"
)
_SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
needs_ssh = pytest.mark.skipif(
    not (_SSHD and shutil.which("ssh") and shutil.which("ssh-keygen")), reason="sshd and ssh"
)
_WAIT = 20.0


@contextmanager
def git_daemon(root: Path) -> Iterator[str]:
    """Serve the repositories below a folder, for pushes too; yield the URL of the folder."""
    port = _free_port()
    words = [
        *("git", "daemon", "--listen=127.0.0.1", f"--port={port}", f"--base-path={root}"),
        *("--export-all", "--enable=receive-pack", "--reuseaddr", str(root)),
    ]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as daemon:
        try:
            _wait_until(lambda: _answers(port))
            yield f"git://127.0.0.1:{port}"
        finally:
            daemon.terminate()


@contextmanager
def ssh_server(root: Path) -> Iterator[str]:
    """Serve everything that this user can read and write by ssh; yield the URL of a folder.

    Git reaches it with a key that is made for it.
    """
    assert _SSHD is not None
    folder = Path(tempfile.mkdtemp(prefix="wj-sshd-"))
    for name in ("host", "user"):
        words = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
        subprocess.run(words, check=True)
    port = _free_port()
    (folder / "config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder / 'host'}\nPidFile none\n"
        f"AuthorizedKeysFile {folder / 'user.pub'}\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nPermitRootLogin yes\n"
    )
    client = f"ssh -F none -i {folder / 'user'} -o IdentitiesOnly=yes -o BatchMode=yes"
    client += f" -o StrictHostKeyChecking=no -o UserKnownHostsFile={folder / 'known'}"
    serve = (_SSHD, "-D", "-f", str(folder / "config"))
    user = pwd.getpwuid(os.getuid()).pw_name
    with (
        pytest.MonkeyPatch.context() as patch,
        subprocess.Popen(serve, stderr=subprocess.DEVNULL) as server,
    ):
        patch.setenv("GIT_SSH_COMMAND", client)
        try:
            _wait_until(lambda: _answers(port))
            yield f"ssh://{user}@127.0.0.1:{port}{root}"
        finally:
            server.terminate()
            shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _wait_until(is_ready: Callable[[], bool]) -> None:
    end = time.monotonic() + _WAIT
    while not is_ready():
        if time.monotonic() > end:
            raise AssertionError("the server did not start")
        time.sleep(0.01)


class _Backend(BaseHTTPRequestHandler):
    """Runs `git http-backend` for each request; `password` asks for one."""

    root: ClassVar[Path]
    password: ClassVar[str]
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        if self.password and not self.headers.get("Authorization"):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        size = int(self.headers.get("Content-Length") or 0)
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(size),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": "tester",
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(
            [str(_CORE / "git-http-backend")],
            input=self.rfile.read(size),
            capture_output=True,
            env=environment,
            check=False,
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = [line.partition(": ") for line in head.decode().split("\r\n")]
        status = next((value for name, _, value in headers if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, _, value in headers:
            if name != "Status":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def http_server(root: Path, password: str = "") -> Iterator[str]:
    """Serve the repositories below a folder by smart HTTP; yield the URL of the folder."""
    handler = type("Handler", (_Backend,), {"root": root, "password": password})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def fake_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Accept connections of the git protocol and let `answer` treat each; yield a URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    answer(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"git://127.0.0.1:{listener.getsockname()[1]}/hub.git"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@contextmanager
def cut_off(url: str, size: int) -> Iterator[str]:
    """Pass a connection on to a server of the git protocol, and break off after some bytes from it."""
    host, _, path = url.removeprefix("git://").partition("/")
    port = int(host.rpartition(":")[2])

    def pass_on(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as server:
            forward = threading.Thread(target=_pump, args=(connection, server), daemon=True)
            forward.start()
            left = size
            while left > 0 and (data := server.recv(min(left, 4096))):
                connection.sendall(data)
                left -= len(data)
            connection.shutdown(socket.SHUT_RDWR)  # which also ends the other thread
            forward.join()

    with fake_server(pass_on) as proxy:
        yield f"{proxy.removesuffix('/hub.git')}/{path}"


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(4096):
            target.sendall(data)
    except OSError:
        return


def packet(text: bytes) -> bytes:
    """Return a line of the git protocol."""
    return f"{len(text) + 4:04x}".encode() + text

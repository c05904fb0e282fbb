"""The served page: this machine alone, this address alone, read only, loaded as it is read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from porcelain.exchange.page.server import PageServer
from porcelain.repo.reader import RepoReader
from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    made = Sandbox(tmp_path, monkeypatch)
    made.begin(4)
    return made


@pytest.fixture
def server(box: Sandbox) -> Iterator[PageServer]:
    with PageServer(RepoReader.look(os.fspath(box.repo), "host")) as made:
        thread = Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def ask(server: PageServer, path: str, method: str = "GET", **headers: str) -> tuple[int, Any, str]:
    """Return status, headers and text of an answer; `path` is below the token's folder."""
    parts = urlsplit(server.address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    place = path if path.startswith("/") else parts.path + path
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, place, headers=named)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.headers, text


def tree(server: PageServer) -> Any:
    text = ask(server, "")[2]
    return json.loads(text.partition('id="data">')[2].partition("</script>")[0])


def test_the_page_has_the_tree_and_a_line_is_loaded_when_it_is_asked_for(
    server: PageServer,
) -> None:
    data = tree(server)

    assert "segments" not in data
    (line,) = data["lines"]
    _, _, text = ask(server, f"line/{line['key']}.json")
    assert [one["number"] for one in json.loads(text)["messages"]] == [*range(1, 9)]
    _, _, text = ask(server, f"change/{line['change']}.json")
    assert json.loads(text) == {"key": line["key"]}


def test_it_shows_what_was_written_since(box: Sandbox, server: PageServer) -> None:
    before = tree(server)["lines"][0]
    box.ok("append -m 'one more'")

    after = tree(server)["lines"][0]

    assert (before["messages"], after["messages"]) == (8, 9)
    assert ask(server, f"line/{before['key']}.json")[0] == 200


def test_search_finds_words_and_their_beginnings(server: PageServer) -> None:
    _, _, text = ask(server, "search.json?q=r")

    assert {one["text"] for one in json.loads(text)["hits"]} == {"r1", "r2", "r3", "r4"}
    assert json.loads(ask(server, "search.json?q=%20")[2]) == {"hits": []}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_no_other_place_gets_an_answer(server: PageServer, headers: dict[str, str]) -> None:
    status, _, text = ask(server, "", **headers)

    assert (status, text) == (404, "There is nothing here")


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/x/", "/" + "A" * 32 + "/", "/%C3%A9/"])
def test_without_the_token_there_is_nothing(server: PageServer, path: str) -> None:
    assert ask(server, path)[0] == 404


@pytest.mark.parametrize(
    "path",
    ["line/x.json", "line/../../etc/passwd", "change/k.json", "other", "line/", "change/%00.json"],
)
def test_an_unknown_address_is_answered_with_a_sentence(server: PageServer, path: str) -> None:
    status, _, text = ask(server, path)

    assert status in (200, 400, 404)
    assert text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_it_only_reads(server: PageServer, method: str) -> None:
    assert ask(server, "", method)[0] == 501


def test_a_browser_keeps_it_to_itself(server: PageServer) -> None:
    _, headers, _ = ask(server, "")

    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "connect-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert server.server_address[0] == "127.0.0.1"

"""Read a session in OpenCode's old folder of JSON files as the document of `opencode export`.

Below one folder stand `session/<project>/<session>.json`, `message/<session>/<message>.json` and
`part/<message>/<part>.json`. The text of each file stays as it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from porcelain.transcript.reading.json_values import mapping
from store.document.json_scanner import write_value
from store.errors import InvalidSession

_MESSAGES, _PARTS, _SESSIONS = "message", "part", "session"


def is_session_folder(path: str) -> bool:
    """Tell whether a folder has the messages of a session; a link to one is none."""
    above, name = os.path.split(os.path.dirname(os.path.abspath(path)))
    has_parts = os.path.isdir(os.path.join(above, _PARTS))
    return name == _MESSAGES and has_parts and os.path.isdir(path) and not os.path.islink(path)


def document_in(path: str) -> bytes:
    """Return the document of the session whose messages are in a folder.

    Raises:
        InvalidSession: a file is no JSON object.
        OSError: a file cannot be read.
    """
    path = os.path.abspath(path)
    top, session = os.path.dirname(os.path.dirname(path)), os.path.basename(path)
    messages = []
    for name, text, value in _files(path):
        parts = [part for _, part, _ in _files(os.path.join(top, _PARTS, name))]
        time = mapping(value.get("time")).get("created")
        when = time if isinstance(time, int) else 0
        messages.append((when, name, f'{{"info":{text},"parts":[{",".join(parts)}]}}'))
    said = ",\n".join(text for _, _, text in sorted(messages))
    about = _about(os.path.join(top, _SESSIONS), session)
    return f'{{"info":{about},"messages":[\n{said}\n]}}\n'.encode()


def _about(folder: str, session: str) -> str:
    """Return the text of a session's own file; without one its id alone."""
    try:
        projects = sorted(os.listdir(folder))
    except OSError:
        projects = []
    for project in projects:
        place = os.path.join(folder, project, f"{session}.json")
        if os.path.isfile(place):
            return _object(place)[0]
    return write_value({"id": session})


def _files(folder: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield name, text and value of each JSON file in a folder, which may be missing."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        place = os.path.join(folder, name)
        if name.endswith(".json") and os.path.isfile(place):
            yield name.removesuffix(".json"), *_object(place)


def _object(place: str) -> tuple[str, dict[str, Any]]:
    """Return text and value of a JSON file.

    Raises:
        InvalidSession: it is no JSON object.
    """
    with open(place, "rb") as file:
        data = file.read()
    try:
        text = data.decode().strip()
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InvalidSession("is no JSON object", source=place)
    return text, value

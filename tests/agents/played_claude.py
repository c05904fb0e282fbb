"""Play Claude Code: go on in the file of a session as the agent does, without a model.

python tests/agents/played_claude.py --resume ID -p PROMPT     prints the answer
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

Row = dict[str, Any]


TIME = "2026-03-12T12:00:00.000Z"


def go_on(path: Path, prompt: str, answer: str, *, queued: bool = True) -> None:
    """Add a prompt and its answer behind the row that the file points at, else the last row.

    A prompt that did not come from the keyboard is `queued`, and has a row that says so.
    """
    rows: list[Row] = [json.loads(line) for line in path.read_bytes().splitlines()]
    graph = {row["uuid"]: row for row in rows if row.get("uuid")}
    pointed = [row["leafUuid"] for row in rows if row["type"] == "last-prompt"]
    last = graph[pointed[-1]] if pointed else [*graph.values()][-1]
    own = {"sessionId": path.stem}
    made: list[Row] = []
    if queued:
        made.append({"type": "queue-operation", "operation": "enqueue", **own})
    response = {"id": f"msg_{len(rows)}", "type": "message", "model": "claude-opus-4-5-20251101"}
    blocks = [{"type": "text", "text": answer}]
    for kind, message in (
        ("user", {"role": "user", "content": prompt}),
        ("assistant", {**response, "role": "assistant", "content": blocks}),
    ):
        uuid = f"{path.stem[:-4]}{len(rows) + len(made):04}"
        made.append({
            "parentUuid": last["uuid"], "isSidechain": False, "type": kind, "message": message,
            "uuid": uuid, "timestamp": TIME, "cwd": last["cwd"], "version": "2.1.332", **own,
        })  # fmt: skip
        last = made[-1]
    made.append({"type": "last-prompt", "lastPrompt": prompt, "leafUuid": last["uuid"], **own})
    with path.open("ab") as file:
        file.write(b"".join(json.dumps(row).encode() + b"\n" for row in made))


def main(words: list[str]) -> None:
    """Run as the agent's command would."""
    _, native_id, prompt = words
    (path,) = (Path.home() / ".claude" / "projects").glob(f"*/{native_id}.jsonl")
    answer = "Done, and the tests are green."
    go_on(path, prompt, answer, queued=False)
    sys.stdout.write(f"{answer}\n")


if __name__ == "__main__":
    main(sys.argv[1:])

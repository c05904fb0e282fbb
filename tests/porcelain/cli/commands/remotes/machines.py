"""Copies of one user's repository on two machines, which are synchronised through a hub."""

from __future__ import annotations

from pathlib import Path

from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox

OP = "refs/wj/op"


class Machines:
    """Ada's and Bob's copies, which are synchronised through a hub."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.hub = box.folder / "hub.git"
        git(box.folder, "init", "--quiet", "--bare", str(self.hub))
        box.begin(2)
        box.ok(f"git remote add origin {self.hub}")
        box.ok("sync --enable")
        box.ok("git clone hub.git bob.git")
        self.bob_path = box.folder / "bob.git"
        self.bob("sync")
        self.ada("sync")

    def ada(self, line: str) -> str:
        return self.box.ok(line)

    def bob(self, line: str) -> str:
        return self.box.ok(f"{line} -R bob.git")

    def titles(self, revset: str, *, bob: bool = False) -> list[str]:
        where = " -R bob.git" if bob else ""
        return [one["title"] for one in self.box.json(f"log -r '{revset}'{where}")]

    def settle(self) -> None:
        """Synchronise until all have everything; then all are at the same operation."""
        for line in (self.ada, self.bob, self.ada):
            line("sync")
        heads = {self.head(self.box.repo), self.head(self.bob_path), self.head(self.hub)}
        assert len(heads) == 1

    def head(self, path: Path) -> str:
        return git(path, "rev-parse", OP).decode().strip()

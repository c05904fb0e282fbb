"""The built wheel: `store` where only pygit2 is installed, and the whole with its command."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.harness.places import ROOT

FOR_STORE = ("pygit2", "cffi", "pycparser")
FOR_ALL = (*FOR_STORE, "click", "tomlkit")

STORY = """
import sys
import store
heavy = {"pygit2", "sqlite3", "store.session_store.store"} & set(sys.modules)
assert not heavy, heavy
assert "SessionStore" in dir(store)
try:
    store.nothing
except AttributeError as error:
    assert "nothing" in str(error)
else:
    raise AssertionError
for name in store.__all__:
    getattr(store, name)
sessions = store.SessionStore.init("conversations.git")
session = store.Session.new(
    "abc",
    model="m",
    messages=[{"role": "user", "content": "hello", "tool_calls": []}],
    created_at="2026-01-01T00:00:00+00:00",
)
root = sessions.save(session)
longer = session.appended([{"role": "assistant", "content": "hi", "tool_calls": []}])
again = sessions.save(longer, parent=root.id)
other = sessions.fork(root.id, session.with_id("try-b"))
assert sessions.load(other.id).id == "try-b"
assert [info.id for info in sessions.lineage(again.short_id)] == [again.id, root.id]
assert {info.id for info in sessions.children(root.id)} == {again.id, other.id}
assert {info.id for info in sessions.leaves()} == {again.id, other.id}
assert {info.name for info in sessions.sessions()} == {"abc", "try-b"}
try:
    sessions.save(session.with_header(notes="stale"), parent=root.id)
except store.RefConflict as conflict:
    assert (conflict.expected, conflict.actual) == (root.id, again.id)
else:
    raise AssertionError
foreign = {name.partition(".")[0] for name in sys.modules} & {"click", "tomlkit", "porcelain"}
assert not foreign, foreign
print("told")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, from a copy so that nothing appears in the project."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("store", "porcelain", "pyproject.toml", "README.md", "LICENSE"):
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.exists():
            shutil.copy(path, source)
    made = folder / "dist"
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(made), source)
    (found,) = made.glob("*.whl")
    return found


def _run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _environment(folder: Path, wheel: Path, needed: tuple[str, ...]) -> Path:
    """Make an environment with the wheel and copies of what is installed here; no network."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    packages = _packages(python)
    for name in needed:
        for file in distribution(name).files or ():
            source = Path(str(file.locate()))
            if ".." in file.parts or not source.is_file() or source.suffix == ".pyc":
                continue
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    pip = ("-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps")
    _run(sys.executable, *pip, wheel)
    return python


def _packages(python: Path) -> Path:
    """Return the folder that an interpreter's packages are in."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(_run(python, "-I", "-c", code).strip())


def test_store_works_where_only_pygit2_is_installed(wheel: Path, tmp_path: Path) -> None:
    python = _environment(tmp_path / "env", wheel, FOR_STORE)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert _run(python, "-I", "-W", "error", "-c", STORY, cwd=empty) == "told\n"
    missing = (
        "import importlib.util as u; print([n for n in ('click','tomlkit') if u.find_spec(n)])"
    )
    assert _run(python, "-I", "-c", missing) == "[]\n"


def test_the_whole_is_installed_with_its_command(wheel: Path, tmp_path: Path) -> None:
    python = _environment(tmp_path / "env", wheel, FOR_ALL)
    empty = tmp_path / "empty"
    empty.mkdir()
    out = _run(python.with_name("wj"), "version", cwd=empty)
    assert out.strip()
    page = "from porcelain.exchange.page.page import make_page; make_page('', {'lines': []})"
    _run(python, "-I", "-c", page, cwd=empty)
    assert [*_packages(python).glob("porcelain/cli/look/browser/*.tcss")]
    typed = _packages(python).glob("*/py.typed")
    assert {path.parent.name for path in typed} >= {"store", "porcelain"}


def test_importing_store_is_cheap() -> None:
    code = "import sys; before = set(sys.modules); import store; print(sorted(set(sys.modules) - before))"
    loaded = _run(
        sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"
    )
    for name in ("pygit2", "sqlite3", "store.session_store.store", "store.errors"):
        assert f"'{name}'" not in loaded

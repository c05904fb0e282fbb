"""Setting up on machines that lack something: stand-ins for their tools on a made-up PATH."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "bootstrap.sh"
TOOLS = ("sh", "cat", "cksum", "dirname", "mkdir", "rm", "cp", "chmod")

# Answers the questions that the script asks an interpreter, and writes down the rest.
PYTHON = """#!/bin/sh
case "$*" in
*version_info*) exit {too_old} ;;
*"import ensurepip, venv"*) exit {no_venv} ;;
*"import virtualenv"*) exit 1 ;;
"-c pass") exit 0 ;;
"-m pip --version") exit 0 ;;
esac
echo "python $*" >>"$LOG"
case "$*" in
"-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
*"-m pip install"*) exit {no_network} ;;
esac
"""

# uv and virtualenv: write down the call, make an environment.
MAKER = """#!/bin/sh
echo "{name} $*" >>"$LOG"
mkdir -p .venv/bin
cp "$GOOD" .venv/bin/python
"""


def executable(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


class Machine:
    """A project folder and a PATH that holds only what the test puts there."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "a project"
        (self.project / "scripts").mkdir(parents=True)
        shutil.copy(SCRIPT, self.project / "scripts")
        (self.project / "pyproject.toml").write_text("[project]\n")
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found
            (self.bin / tool).symlink_to(found)
        self.log = folder / "log"
        self.good = executable(folder / "good-python", self.python())

    @staticmethod
    def python(*, too_old: bool = False, no_venv: bool = False, no_network: bool = False) -> str:
        return PYTHON.format(too_old=int(too_old), no_venv=int(no_venv), no_network=int(no_network))

    def add(self, name: str, text: str) -> None:
        executable(self.bin / name, text)

    def add_maker(self, name: str) -> None:
        self.add(name, MAKER.format(name=name))

    def bootstrap(self, want: str = "run") -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        return subprocess.run(
            [str(self.bin / "sh"), str(self.project / "scripts" / "bootstrap.sh"), want],
            env={"PATH": str(self.bin), "LOG": str(self.log), "GOOD": str(self.good)},
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_python_alone_makes_the_environment(machine: Machine) -> None:
    machine.add("python3", machine.python())

    result = machine.bootstrap()

    assert result.returncode == 0, result.stderr
    made, installed = machine.calls()
    assert made == "python -m venv --clear .venv"
    assert installed.startswith("python -m pip install")
    assert installed.endswith("-e .")


def test_what_is_done_is_not_done_again(machine: Machine) -> None:
    machine.add("python3", machine.python())
    machine.bootstrap()

    again = machine.bootstrap()

    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert machine.calls() == []


def test_the_tests_add_to_what_the_demo_installed(machine: Machine) -> None:
    machine.add("python3", machine.python())
    machine.bootstrap("run")

    machine.bootstrap("dev")
    (call,) = machine.calls()
    assert call.endswith("-e .[dev]")

    machine.bootstrap("run")
    assert machine.calls() == []


def test_a_changed_project_is_installed_again(machine: Machine) -> None:
    machine.add("python3", machine.python())
    machine.bootstrap()
    (machine.project / "pyproject.toml").write_text("[project]\nname = 'x'\n")

    machine.bootstrap()

    assert [call.split()[2] for call in machine.calls()] == ["pip"]


def test_a_moved_project_is_installed_again(machine: Machine) -> None:
    machine.add("python3", machine.python())
    machine.bootstrap()
    machine.project = machine.project.rename(machine.project.with_name("elsewhere"))

    machine.bootstrap()

    assert len(machine.calls()) == 1


def test_a_failed_installation_is_tried_again(machine: Machine) -> None:
    machine.add("python3", machine.python(no_network=True))

    assert "installation failed" in machine.bootstrap().stderr
    assert "installation failed" in machine.bootstrap().stderr


@pytest.mark.parametrize("maker", ["uv", "virtualenv"])
def test_another_tool_stands_in_for_the_venv_module(machine: Machine, maker: str) -> None:
    machine.add("python3", machine.python(no_venv=True))
    machine.add_maker(maker)

    result = machine.bootstrap()

    assert result.returncode == 0, result.stderr
    made, installed = machine.calls()
    assert made.startswith(maker)
    assert str(machine.bin / "python3") in made
    assert installed.endswith("-e .")


def test_without_any_of_them_one_line_says_what_to_install(machine: Machine) -> None:
    machine.add("python3", machine.python(no_venv=True))

    result = machine.bootstrap()

    assert result.returncode == 1
    (line,) = result.stderr.splitlines()[1:]
    assert line.endswith("has no venv module: install python3-venv, uv or virtualenv")
    assert not (machine.project / ".venv").exists()


@pytest.mark.parametrize("there", [True, False])
def test_an_old_python_or_none_is_one_line(machine: Machine, there: bool) -> None:
    if there:
        machine.add("python3", machine.python(too_old=True))

    result = machine.bootstrap()

    assert result.returncode == 1
    (line,) = result.stderr.splitlines()[1:]
    assert line.startswith("wajutsu: Python 3.11 or newer is needed")


def test_a_newer_python_beside_an_old_one_is_found(machine: Machine) -> None:
    machine.add("python3", machine.python(too_old=True))
    machine.add("python3.12", machine.python())

    assert machine.bootstrap().returncode == 0
    assert machine.calls()[0] == "python -m venv --clear .venv"


def test_uv_brings_a_python_where_there_is_none(machine: Machine) -> None:
    machine.add_maker("uv")

    assert machine.bootstrap().returncode == 0
    assert "--python >=3.11" in machine.calls()[0]


def test_an_environment_that_lost_its_python_is_made_anew(machine: Machine) -> None:
    machine.add("python3", machine.python())
    machine.bootstrap()
    (machine.project / ".venv" / "bin" / "python").unlink()

    machine.bootstrap()

    assert machine.calls()[0] == "python -m venv --clear .venv"

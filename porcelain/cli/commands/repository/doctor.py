"""`wj doctor`: examine the repository, and mend it."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import REFUSED, Misuse
from porcelain.cli.run.params import make_command
from porcelain.display import plain
from porcelain.maintenance.check_log import Finding
from porcelain.maintenance.doctor import Examined, examine
from porcelain.maintenance.repair import repair
from porcelain.model.operation import Operation
from store.repository.repository import Repository

_SHOWN = 20


def run_doctor(context: Context, *, fix: bool) -> None:
    """Examine, mend if asked to, and say what was found, done and left; exit 1 if anything is."""
    if context.globals.at_operation is not None:
        raise Misuse("`wj doctor` examines the whole repository, not one operation's state")
    repository = Repository.open(context.repository_path())
    found = examine(repository)
    done: list[str] = []
    left = found
    if fix and any(finding.repair for finding in found.findings):
        done = repair(repository, context.actor, found)
        left = examine(Repository.open(repository.path))
    if context.output.json:
        context.output.data(_data(found, done, left))
    else:
        _write(context, found, done, left, fix=fix)
    if left.faults:
        click.get_current_context().exit(REFUSED)


def _write(
    context: Context, found: Examined, done: list[str], left: Examined, *, fix: bool
) -> None:
    output = context.output
    for finding in found.findings:
        label = "warning" if finding.is_fault else "hint"
        heading = "Problem: " if finding.is_fault else "Note: "
        output.text([(f"{label} heading", heading), (label, f"{plain(finding.message, None)}\n")])
    for sentence in done:
        output.text(f"{plain(sentence, None)}\n")
    lost = [one for one in found.lost if one.id not in left.log]
    _write_lost(context, lost, is_gone=not left.log)
    if fix and left.faults:
        output.text("Still wrong:\n")
        for finding in left.faults:
            output.text(f"  {plain(finding.message, None)}\n")
    counts = ", ".join(f"{count} {name}" for name, count in left.counts.items())
    verdict = "nothing is wrong" if not left.faults else _things(len(left.faults))
    output.text(f"Looked at {counts}: {verdict}\n")
    mendable = sum(bool(finding.repair) for finding in left.faults)
    if mendable and not fix:
        some = "this" if len(left.faults) == 1 else f"{mendable} of them"
        output.hint(f"`wj doctor --fix` can repair {some}")


def _things(count: int) -> str:
    return "1 thing is wrong" if count == 1 else f"{count} things are wrong"


def _write_lost(context: Context, lost: list[Operation], *, is_gone: bool) -> None:
    if not lost:
        return
    output = context.output
    where = "" if is_gone else ", though not in the log"
    output.text(f"These operations are still in the object database{where}:\n")
    for operation in lost[:_SHOWN]:
        title = operation.data.description.partition("\n")[0]
        output.text([("", "  "), ("operation id", operation.id[:12]), ("", f" {plain(title)}\n")])
    if len(lost) > _SHOWN:
        output.text(f"  and {len(lost) - _SHOWN} older ones\n")
    if is_gone:
        output.hint("`git update-ref refs/wj/op ID` makes the log end with one of them")
    else:
        output.hint("`git log -p -1 ID` shows one of them")


def _data(found: Examined, done: list[str], left: Examined) -> dict[str, object]:
    return {
        "problems": [_finding(finding) for finding in found.faults],
        "notes": [_finding(finding) for finding in found.findings if not finding.is_fault],
        "repaired": done,
        "left": [_finding(finding) for finding in left.faults],
        "lost_operations": [
            {"id": one.id, "description": one.data.description, "time": one.data.end}
            for one in found.lost
        ],
        "counts": left.counts,
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "check": finding.check,
        "message": finding.message,
        "repairable": bool(finding.repair),
    }


@make_command("doctor")
@click.option("--fix", is_flag=True, help="Repair what can be repaired without losing anything")
def command(context: Context, fix: bool) -> None:
    """Examine the repository and say in plain words what is wrong; exit 1 if something is.

    Looked at are all objects, operations and views, the refs, the index, locks and files that
    killed programs left, and packs. Without --fix nothing is changed. What --fix does to the
    view are operations, which `wj undo` takes back.
    """
    run_doctor(context, fix=fix)

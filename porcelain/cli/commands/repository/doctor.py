"""`wj doctor`: check the repository and repair it."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import REFUSED, Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.run.progress import ticking
from porcelain.cli.run.seen_heads import read_seen_head, write_seen_head
from porcelain.cli.shared.spools import spool_for
from porcelain.display import counted, plain
from porcelain.exchange.remote.verify import examine_copy
from porcelain.maintenance.check_log import Finding
from porcelain.maintenance.doctor import Examined, examine
from porcelain.maintenance.repair import repair
from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation
from store.repository.repository import Repository

_SHOWN = 20


@make_command("doctor")
@click.option("--fix", is_flag=True, help="Repair everything that can be repaired without loss")
def command(context: Context, fix: bool) -> None:
    """Check the repository and report problems; exit 1 if there are any.

    This checks all objects, operations and views, the refs, the index, locks, files that
    killed programs left, and packs. Without `--fix` nothing is changed. Repairs of the view are
    operations, which `wj undo` reverses.
    """
    if context.globals.at_operation is not None:
        raise Misuse("`wj doctor` checks the whole repository, not the state after one operation")
    repository = Repository.open(context.settings.repository_path(), headless=True)
    state_folder = context.settings.state_folder
    seen = read_seen_head(state_folder, repository)  # first: others may publish meanwhile
    with ticking(context.output, "Checking"):
        found = examine(repository)
    found = found._replace(findings=(*found.findings, *_hook_findings(context)))
    done: list[str] = []
    left = found
    if older := _older_than_seen(found, seen):
        left = found = found._replace(findings=(*found.findings, older))
    if fix and (older or any(finding.repair for finding in found.findings)):
        with ticking(context.output, "Repairing"):
            done = repair(repository, context.actor, found)
        write_seen_head(state_folder, repository)
        if older:
            done.append("The newest operation is remembered as the newest that was seen")
        with ticking(context.output, "Checking again"):
            left = examine(Repository.open(repository.path, headless=True))
    if signatures := _signature_findings(context, left):
        found = found._replace(findings=(*found.findings, *signatures))
        left = left._replace(findings=(*left.findings, *signatures))
    if fix:
        spool_for(context).forget_dropped()
    if context.output.json:
        context.output.data(_data(found, done, left))
    else:
        _write(context, found, done, left, fix=fix)
    if left.faults:
        click.get_current_context().exit(REFUSED)


def _hook_findings(context: Context) -> list[Finding]:
    """Return remarks about pokes of hooks that were dropped, and a failed import for one.

    `--fix` sets the counts back.
    """
    spool = spool_for(context)
    found = [
        Finding(
            "hooks", f"{counted(count, 'poke')} of agents' hooks dropped: {reason}", is_fault=False
        )
        for reason, count in spool.dropped().items()
    ]
    if spool.failure():
        message = f"The last import for a hook failed: {spool.failure()}"
        found.append(Finding("hooks", message, is_fault=False))
    return found


def _signature_findings(context: Context, left: Examined) -> list[Finding]:
    """Return who signed the operation log, or what is wrong with it, where signatures are verified."""
    signing = context.actor.signing
    if signing is None or left.faults or not left.log:
        return []
    context.close_repository()
    examined = examine_copy(context.repo, None, signing.verify)
    counts = examined.is_signed or examined.missing  # a key may have been set just now
    return [
        Finding("signatures", one.sentence, is_fault=one.is_fault and bool(counts))
        for one in examined.remarks()
    ]


def _older_than_seen(found: Examined, seen: OperationId | None) -> Finding | None:
    """Return a finding if the log lost the newest operation that this machine has seen."""
    if seen is None or not found.log or seen in found.log:
        return None
    message = (
        f"The operation log is older than what this machine has seen: operation {seen[:12]} is "
        "not in it; if that is intended, `wj doctor --fix` accepts it"
    )
    return Finding("seen", message)


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
        output.text("Remaining problems:\n")
        for finding in left.faults:
            output.text(f"  {plain(finding.message, None)}\n")
    counts = ", ".join(counted(n, name.removesuffix("s")) for name, n in left.counts.items())
    problems = counted(len(left.faults), "problem") if left.faults else "no problems"
    output.text(f"Checked {counts}: {problems}\n")
    repairable = sum(bool(finding.repair) for finding in left.faults)
    if repairable and not fix:
        some = "this" if len(left.faults) == 1 else f"{repairable} of them"
        output.hint(f"`wj doctor --fix` can repair {some}")


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
        output.hint("`git update-ref refs/wj/op ID` makes one of them the newest operation")
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

"""`wj op verify`: who signed the operation log, and whether its chain is unbroken."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import REFUSED, Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.run.remotes import reached, refuse_past, the_remote
from porcelain.cli.run.seen_heads import read_seen_head
from porcelain.display import iso_time
from porcelain.errors import Refused
from porcelain.exchange.remote.verify import Examined, examine_copy, examine_remote
from porcelain.repo.signed_chain import Verify
from porcelain.repo.statement import vouch


@make_command("verify")
@click.argument("remote", metavar="[REMOTE]", required=False)
@click.option(
    "--accept",
    is_flag=True,
    help="Vouch with your key for all operations up to now, signed or not",
)
def command(context: Context, remote: str | None, accept: bool) -> None:
    """Verify that the operation log is signed and unbroken, here or at REMOTE; exit 1 if it is not.

    Every operation has to be signed by a key that counts, a merge of two logs has to be the one
    that follows from them, and no operation may be gone that this machine has seen. Operations
    from before the first signed one are vouched for by that.

    Operations are signed where `signing.key` is set. `--accept` signs for operations that are
    not: have a look at them first.
    """
    refuse_past(context)
    if accept and remote is not None:
        raise Misuse("--accept vouches for the log of this repository, not for a remote's")
    verify = _verifier(context)
    if accept:
        vouch(context.repo)
        context.record_head()
    if remote is not None:
        with reached(context, the_remote(context, remote)) as place:
            found = examine_remote(context.repo, place, verify)
    else:
        seen = read_seen_head(context.settings.state_folder, context.repo.repository)
        found = examine_copy(context.repo, seen, verify)
    if context.output.json:
        context.output.data(_data(found))
    else:
        _write(context, found)
    if found.is_faulty:
        click.get_current_context().exit(REFUSED)


def _verifier(context: Context) -> Verify:
    signing = context.actor.signing
    if signing is None:
        raise Refused(
            "Operations are not signed, and no key is known that could have signed them",
            "`wj config set --user signing.key FILE` names your ssh key; operations are signed then",
            "`signing.backends.ssh.allowed-signers` names a file with the keys of others",
            code="no_signing_key",
        )
    return signing.verify


def _write(context: Context, found: Examined) -> None:
    for one in found.remarks():
        if one.is_fault:
            problem = ("warning", f"{one.sentence}\n")
            context.output.text([("warning heading", "Problem: "), problem])
        else:
            context.output.text(f"{one.sentence}\n")


def _data(found: Examined) -> dict[str, object]:
    return {
        "head": found.head,
        "unbroken": not found.is_faulty,
        "signed": [
            {
                "signer": one.signer,
                "operations": one.operations,
                "first": iso_time(one.first // 1000),
                "last": iso_time(one.last // 1000),
            }
            for one in found.chain.signed
        ],
        "merges": found.chain.merges,
        "vouched_for": found.chain.vouched,
        "problems": [
            *({"operation": None, "reason": sentence} for sentence in found.missing),
            *({"operation": one.operation.id, "reason": one.reason} for one in found.chain.faults),
        ],
    }

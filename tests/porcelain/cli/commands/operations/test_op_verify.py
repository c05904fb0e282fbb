"""`wj op verify`: signed operations, and every edit of a signed log that somebody can make."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation, OperationData, encode_operation
from porcelain.model.operation_store import OPERATION_REF, read_operation
from store.ids import CommitId
from store.objects.commit import Commit, encode_commit, read_commit, write_commit
from store.objects.tree import FILE, TREE, TreeEntry, write_tree
from store.repository.pack_writer import ObjectBatch
from store.repository.repository import Repository
from tests.conftest import sealed_environment
from tests.harness.bare import fsck, git
from tests.porcelain.cli.render.shapes import faults
from tests.porcelain.cli.sandbox import Sandbox

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")


class Team:
    """Ada and Bob, who sign, and a hub that somebody else can write to."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.box = Sandbox(folder, patch)
        self.hub = folder / "hub.git"
        self.bob_path = folder / "bob.git"

    def key(self, name: str) -> str:
        path = self.box.folder / f"{name}.key"
        if not path.exists():
            words = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path))
            subprocess.run(words, check=True)
        return str(path)

    def line(self, who: str, text: str) -> str:
        allowed = self.box.folder / "allowed"
        where = " -R bob.git" if who == "bob" else ""
        return (
            f"{text}{where} --config signing.key={self.key(who)} "
            f"--config signing.backends.ssh.allowed-signers={allowed}"
        )

    def ada(self, text: str) -> str:
        return self.box.ok(self.line("ada", text))

    def bob(self, text: str) -> str:
        return self.box.ok(self.line("bob", text))

    def build(self) -> None:
        box = self.box
        git(box.folder, "init", "--quiet", "--bare", str(self.hub))
        keys = [(who, Path(f"{self.key(who)}.pub").read_text()) for who in ("ada", "bob")]
        signers = (f'{who}@example.org namespaces="git" {key}' for who, key in keys)
        box.file("allowed", "".join(signers).encode())
        box.begin(2)  # before anybody signed
        box.ok(f"git remote add origin {self.hub}")
        self.ada("describe -m signed")
        self.ada("sync --enable")
        box.ok(self.line("ada", "git clone hub.git bob.git").replace("ada.key", "bob.key"))
        self.ada("fork demo hers")
        self.bob("fork demo his")
        self.ada("sync")
        self.bob("sync --enable")  # a merge
        for number in (1, 2, 3):
            self.bob(f"append -m more-{number}")
        self.bob("sync")
        self.ada("sync --enable")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both copies and the hub, all at the same operation."""
    folder = tmp_path_factory.mktemp("signed")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in sealed_environment(folder / "home").items():
            patch.setenv(name, value)
        Team(folder, patch).build()
    return folder


@pytest.fixture
def team(built: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    """The same folder for each test."""
    return Team(built, monkeypatch)


@pytest.fixture
def attacked(team: Team) -> Iterator[Team]:
    """The team, whose hub has its log again after the test."""
    head = git(team.hub, "rev-parse", OPERATION_REF).decode().strip()
    yield team
    git(team.hub, "update-ref", OPERATION_REF, head)


class Forger(NamedTuple):
    """Writes operations by hand, as somebody who does not use `wj`; `log` is newest first."""

    team: Team
    batch: ObjectBatch
    log: list[Operation]

    def again(
        self,
        operation: Operation,
        parents: tuple[Operation, ...] | None = None,
        *,
        view: Operation | None = None,
        signature: str | None = "own",
        **changes: object,
    ) -> Operation:
        """Write an operation again; its signature stays unless another is given."""
        data: OperationData = operation.data._replace(**changes)  # type: ignore[arg-type]
        if parents is not None:
            data = data._replace(parents=tuple(one.id for one in parents))
        commit = read_commit(self.batch, CommitId(operation.id))
        blob = self.batch.add("blob", encode_operation(data))
        shown = (view or operation).view
        assert shown is not None
        entries = [TreeEntry("operation.json", FILE, blob), TreeEntry("view", TREE, shown)]
        made = Commit(
            write_tree(self.batch, entries),
            (*(CommitId(one) for one in data.parents), *operation.kept),
            commit.author,
            commit.committer,
            commit.message,
            commit.headers if signature == "own" else (),
        )
        if signature not in ("own", None):
            made = made._replace(headers=(("gpgsig", str(signature)),))
        return read_operation(self.batch, OperationId(write_commit(self.batch, made)))

    def signed_by(self, who: str, operation: Operation, parent: Operation) -> Operation:
        """Write an operation again on another parent, signed with a key."""
        bare = self.again(operation, (parent,), signature=None)
        payload = encode_commit(read_commit(self.batch, CommitId(bare.id)))
        words = ("ssh-keygen", "-Y", "sign", "-n", "git", "-f", self.team.key(who))
        done = subprocess.run(words, input=payload, capture_output=True, check=True)
        return self.again(operation, (parent,), signature=done.stdout.decode().rstrip("\n"))


def _newest_dropped(forger: Forger) -> Operation:
    return forger.log[2]


def _one_dropped(forger: Forger) -> Operation:
    newest, _, before, *_ = forger.log
    return forger.again(newest, (before,))


def _reordered(forger: Forger) -> Operation:
    newest, middle, before, *_ = forger.log
    return forger.again(middle, (forger.again(newest, (before,)),))


def _text_changed(forger: Forger) -> Operation:
    newest, middle, *_ = forger.log
    return forger.again(newest, (forger.again(middle, user="carol"),))


def _view_changed(forger: Forger) -> Operation:
    newest, _, before, *_ = forger.log
    return forger.again(newest, view=before)


def _forged(forger: Forger) -> Operation:
    newest = forger.log[0]
    return forger.again(newest, (newest,), signature=None, description="append 7 messages")


def _signed_by_a_stranger(forger: Forger) -> Operation:
    newest = forger.log[0]
    return forger.signed_by("mallory", newest, newest)


def _signature_of_another(forger: Forger) -> Operation:
    newest = forger.log[0]
    return forger.again(newest, (newest,), description="append 7 messages")


def _merge_forged(forger: Forger) -> Operation:
    merge = next(one for one in forger.log if len(one.data.parents) > 1)
    mine = next(one for one in forger.log if one.id == merge.data.parents[0])
    return forger.again(merge, view=mine)


EDITS = {
    "the newest operations dropped": (_newest_dropped, "which origin had before"),
    "an operation dropped": (_one_dropped, "its signature does not fit"),
    "operations in another order": (_reordered, "its signature does not fit"),
    "the text of an operation changed": (_text_changed, "its signature does not fit"),
    "the state after an operation changed": (_view_changed, "its signature does not fit"),
    "an operation added": (_forged, "it is not signed"),
    "an operation signed with another key": (_signed_by_a_stranger, "not one of the allowed"),
    "the signature of another operation": (_signature_of_another, "does not fit"),
    "a merge that is none": (_merge_forged, "not the merge that follows from its parents"),
}
"""The nine edits of docs/security.md: how they are made, and what is said of them."""


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_the_log_at_a_remote_is_noticed(attacked: Team, edit: str) -> None:
    make, said = EDITS[edit]
    repository = Repository.open(str(attacked.hub))
    with ObjectBatch(repository) as batch:
        log = []
        pending = [OperationId(git(attacked.hub, "rev-parse", OPERATION_REF).decode().strip())]
        while pending:
            one = read_operation(batch, pending.pop(0))
            log.append(one)
            pending += [p for p in one.data.parents if p not in {o.id for o in log}]
        forged = make(Forger(attacked, batch, log))
        batch.flush()
    git(attacked.hub, "update-ref", OPERATION_REF, forged.id)

    found = attacked.box.wj(attacked.line("bob", "op verify origin"))
    assert said in found
    assert "[exit 1]" in found
    before = git(attacked.bob_path, "for-each-ref")
    assert "[exit 1]" in attacked.box.wj(attacked.line("bob", "sync --enable"))
    assert git(attacked.bob_path, "for-each-ref") == before


def test_who_signed_and_when(team: Team) -> None:
    found = team.bob("op verify origin")
    assert "operations signed by ada@example.org, 2026-03-12 10:00:" in found
    assert "operations signed by bob@example.org" in found
    assert "1 merge computed again, with the same result" in found
    assert "1 operation from before, vouched for by a signature" in found
    assert "signed and unbroken up to" in found
    assert team.bob("op verify").endswith(found.splitlines()[-1] + "\n")
    assert "signed and unbroken" in team.ada("doctor")
    fsck(team.bob_path)


def test_git_verifies_the_same_signatures(team: Team) -> None:
    allowed = f"gpg.ssh.allowedSignersFile={team.box.folder / 'allowed'}"
    words = ("git", "-C", str(team.hub), "-c", allowed, "verify-commit", OPERATION_REF)
    said = subprocess.run(words, capture_output=True, check=True, text=True).stderr
    assert 'Good "git" signature for bob@example.org' in said


@pytest.fixture
def ada(box: Sandbox) -> Sandbox:
    """Ada alone, whose settings name her key."""
    words = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(box.folder / "key"))
    subprocess.run(words, check=True)
    box.begin(2)
    box.ok(f"config set --user signing.key {box.folder / 'key'}")
    return box


def test_one_setting_signs_and_the_first_signature_vouches_for_the_past(ada: Sandbox) -> None:
    assert ada.wj("op verify") == (
        "Problem: No operation is signed; the next one here vouches for those before\n[exit 1]\n"
    )
    assert "No operation is signed" in ada.ok("doctor")
    ada.ok("describe -m one")
    ada.ok("describe -m two")
    assert ada.ok("op verify").startswith(
        "2 operations signed by ada@example.org, 2026-03-12 10:00:06 to 2026-03-12 10:00:07\n"
        "1 operation from before, vouched for by a signature\n"
        "The operation log is signed and unbroken up to "
    )
    found = ada.json("op verify")
    assert found["unbroken"]
    assert faults("op verify", found) == []


def test_without_a_key_nothing_is_verified(box: Sandbox) -> None:
    box.begin(1)
    assert "`wj config set --user signing.key FILE`" in box.wj("op verify")


def test_a_key_that_does_not_sign_changes_nothing(ada: Sandbox) -> None:
    before = git(ada.repo, "for-each-ref")
    said = ada.wj("describe -m one --config signing.key=/nowhere")
    assert "The operation cannot be signed" in said
    assert "[exit 1]" in said
    assert git(ada.repo, "for-each-ref") == before
    assert ada.ok("doctor").endswith("no problems\n")


def test_what_is_not_signed_is_reported_until_it_is_vouched_for(ada: Sandbox) -> None:
    ada.ok("describe -m one")
    ada.ok("describe -m two --config signing.key=")
    said = ada.wj("op verify")
    assert "describe commit" in said
    assert "it is not signed" in said
    assert "it is not signed" in ada.wj("doctor")
    assert "vouched for by a signature" in ada.ok("op verify --accept")
    assert ada.ok("doctor").endswith("no problems\n")
    assert "describe" in ada.ok("undo")  # a statement is no step
    assert "unbroken" in ada.ok("op verify")


def test_a_rewritten_log_begins_a_new_chain(ada: Sandbox) -> None:
    for text in ("one", "two", "three"):
        ada.ok(f"describe -m {text}")
    ada.ok("op abandon @-")
    said = ada.ok("op verify")
    assert "1 operation signed by ada@example.org" in said
    assert "record that the log was rewritten" in ada.ok("op log -n 1")
    ada.ok("describe -m four")
    assert "2 operations signed" in ada.ok("op verify")
    ada.ok("redact q2 --purge --yes")
    assert "1 operation signed" in ada.ok("op verify")
    fsck(ada.repo)


def test_a_log_that_plain_git_set_back_is_noticed(ada: Sandbox) -> None:
    ada.ok("describe -m one")
    ada.ok("describe -m two")
    before = ada.json("op log")[1]["id"]
    for ref in git(ada.repo, "for-each-ref", "--format=%(refname)", "refs/wj").decode().split():
        git(ada.repo, "update-ref", ref, before)
    said = ada.wj("op verify")
    assert "which this machine has seen, is not in the log" in said
    assert "[exit 1]" in said


def test_a_sync_takes_only_signed_operations_where_a_list_says_whose(team: Team) -> None:
    head = git(team.bob_path, "rev-parse", OPERATION_REF)
    team.box.ok("append -m unsigned -R bob.git")
    team.box.ok("sync --enable -R bob.git")
    said = team.box.wj(team.line("ada", "sync --enable"))
    assert "1 operation of the other log cannot be trusted" in said
    team.bob("op verify --accept")
    team.bob("sync --enable")
    assert "Received 2 operations" in team.ada("sync --enable")
    assert "unbroken" in team.ada("op verify")
    assert head != git(team.bob_path, "rev-parse", OPERATION_REF)


def test_a_list_of_dropped_operations_is_signed(team: Team) -> None:
    team.ada("op abandon @-")
    team.bob("append -m onwards")
    team.bob("sync --enable")
    team.ada("sync --enable")  # what Bob signed is written again, and vouched for
    assert "unbroken" in team.ada("op verify")
    assert "unbroken" in team.bob("op verify origin")
    assert "[exit 1]" in team.box.wj(team.line("bob", "sync --enable"))
    team.bob("sync --enable --drop")
    assert "unbroken" in team.bob("op verify")
    team.ada("sync --enable")
    assert "unbroken" in team.ada("op verify origin")


@pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg")
def test_gpg_signs_too(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    home = box.folder / "g"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    start = ("gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key")
    subprocess.run((*start, "Ada <ada@example.org>", "ed25519", "sign"), check=True)
    try:
        box.begin(1)
        box.ok("config set --user signing.backend gpg")
        box.ok("config set --user signing.key ada@example.org")
        box.ok("describe -m one")
        assert "1 operation signed by Ada <ada@example.org>" in box.ok("op verify")
        git(box.repo, "verify-commit", OPERATION_REF)
    finally:
        subprocess.run(("gpgconf", "--kill", "all"), check=False)

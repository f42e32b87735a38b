"""An image that somebody else works on is not moved: snapshots, checkpoints, block jobs, lost secrets."""

from collections.abc import Callable, Iterator

import pytest

from ..bad.scene import Scene
from ..lab import wait_until
from .cast import HERE, PLACE, THERE, Member, file_disk, images, on_stage

pytestmark = pytest.mark.e2e

SNAPSHOT, CHECKPOINT, SECRET = "storage-snapshot", "storage-checkpoint", "storage-secret"
KEY_UUID = "5fe6e0f6-0a3c-4d9c-8a6f-6f8f1f0f0b0a"
PHRASE = "only for tests"
DEFINITION = f"<secret ephemeral='no' private='no'><uuid>{KEY_UUID}</uuid></secret>"
ENCRYPTED = f"<encryption format='luks'><secret type='passphrase' uuid='{KEY_UUID}'/></encryption>"


@pytest.fixture(scope="module", autouse=True)
def busy(scene: Scene) -> Iterator[None]:
    """Three domains, each with one local image."""
    make = f"""
qemu-img create -q -f qcow2 snapshot.qcow2 4M
qemu-img create -q -f qcow2 checkpoint.qcow2 4M
truncate -s 4M job.raw
qemu-img create -q --object secret,id=s,data='{PHRASE}' -f qcow2 \\
  -o encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10 secret.qcow2 4M
"""
    members = (
        Member(SNAPSHOT, (file_disk("vda", f"{PLACE}/snapshot.qcow2", "qcow2"),)),
        Member(
            CHECKPOINT,
            (
                file_disk("vda", f"{PLACE}/checkpoint.qcow2", "qcow2"),
                file_disk("vdb", f"{PLACE}/job.raw"),
            ),
        ),
        Member(SECRET, (file_disk("vda", f"{PLACE}/secret.qcow2", "qcow2", marks=ENCRYPTED),)),
    )
    with images(scene, host1=make):
        from_stdin = ("--file", "/dev/stdin", "--plain")
        scene.virsh(HERE, "secret-define", "/dev/stdin", stdin=DEFINITION)
        try:
            scene.virsh(HERE, "secret-set-value", KEY_UUID, *from_stdin, stdin=PHRASE)
            with on_stage(scene, *members):
                yield
        finally:
            scene.virsh(HERE, "secret-undefine", KEY_UUID)


def test_snapshots_are_named(scene: Scene, name: Callable[[str], str]) -> None:
    scene.virsh(HERE, "snapshot-create-as", SNAPSHOT, "before-the-update")
    told = scene.fails(name("snapshot"), SNAPSHOT, THERE, "ChecksFailed")
    assert "before-the-update" in told.failed_check("Snapshots")
    assert set(told.failed_checks()) == {"Snapshots"}


def test_checkpoints_are_named_and_so_is_a_block_job_that_runs(
    scene: Scene, name: Callable[[str], str]
) -> None:
    scene.virsh(HERE, "checkpoint-create-as", CHECKPOINT, "since-monday", "--diskspec", "vdb,checkpoint=no")
    copy = ("blockcopy", CHECKPOINT, "vdb", f"{PLACE}/job-copy.raw", "--format", "raw", "--transient-job")
    scene.virsh(HERE, *copy)

    def job() -> str:
        return scene.virsh(HERE, "blockjob", CHECKPOINT, "vdb", "--raw")

    wait_until("the block job", lambda: "Block Copy" in job(), 10)
    told = scene.fails(name("checkpoint"), CHECKPOINT, THERE, "ChecksFailed")
    failed = told.failed_checks()
    assert set(failed) == {"Snapshots", "BlockJobs"}
    assert "since-monday" in told.failed_check("Snapshots")
    assert "vdb" in told.failed_check("BlockJobs")
    assert "Block Copy" in job()


def test_an_encrypted_disk_needs_its_secret_at_the_destination(
    scene: Scene, name: Callable[[str], str]
) -> None:
    told = scene.fails(name("secret"), SECRET, THERE, "DiskRefused", storage={"provisioning": "MustExist"})
    said = told.failed_check("Encryption")
    assert f"the destination has no secret {KEY_UUID}" in said
    assert "virsh secret-define" in said
    assert PHRASE not in str(told.body)

"""Encrypted disks go where their secret is: shared ones stay, local ones are copied; no key travels."""

from collections.abc import Callable, Iterator

import pytest

from ..bad.scene import HOSTS, POLL_SECONDS, Scene
from ..lab import wait_until
from .cast import COMMON, HERE, PLACE, THERE, Member, file_disk, images, on_stage
from .journeys import MOVE_SECONDS, MUST_EXIST, Journeys, disks
from .test_busy_images import DEFINITION, ENCRYPTED, KEY_UUID, PHRASE

pytestmark = [pytest.mark.e2e, pytest.mark.walk]

VM = "storage-encrypted"
QCOW2, RAW, SHARED = f"{PLACE}/encrypted.qcow2", f"{PLACE}/encrypted.raw", f"{COMMON}/{VM}.raw"
INNER, INNER_BYTES = f"{PLACE}/inner.raw", (4 << 20) + 2_068_480
"""A plain disk which its guest has encrypted by itself: to the guest its head is content like any other."""
KEY = f"--object secret,id=s,data='{PHRASE}'"
MAKE_QCOW2 = (
    f"qemu-img create -q {KEY} -f qcow2 -o encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10"
)
MAKE_RAW = f"qemu-img create -q {KEY} -f luks -o key-secret=s,iter-time=10"
MAKE = f"{MAKE_QCOW2} {QCOW2} 4M\n{MAKE_RAW} {RAW} 4M"
OPENED = {
    QCOW2: f"--image-opts driver=qcow2,file.filename={QCOW2},encrypt.format=luks,encrypt.key-secret=s",
    RAW: f"--image-opts driver=luks,file.filename={RAW},key-secret=s",
    SHARED: f"--image-opts driver=luks,file.filename={SHARED},key-secret=s",
}


@pytest.fixture
def encrypted(scene: Scene, journeys: Journeys) -> Iterator[str]:
    """Its local images hold nothing at the destination; both hosts have the secret."""
    told = lambda: KEY_UUID in journeys.hypervisor(THERE).get("secrets", [])  # noqa: E731 - one line is enough
    there = f"{MAKE}\ntruncate -s {INNER_BYTES} {INNER}"
    fill = "\n".join(
        f"qemu-io {KEY} -c 'write -q -P 71 1M 1M' -c 'write -q -P 0 2M 1M' {opened}"
        for opened in OPENED.values()
    )
    with images(scene, host1=f"{MAKE}\n{MAKE_RAW} {SHARED} 4M\n{fill}\n{MAKE_RAW} {INNER} 4M", host2=there):
        try:
            for host in HOSTS:
                from_stdin = ("--file", "/dev/stdin", "--plain")
                scene.virsh(host, "secret-define", "/dev/stdin", stdin=DEFINITION)
                scene.virsh(host, "secret-set-value", KEY_UUID, *from_stdin, stdin=PHRASE)
            its_disks = (
                file_disk("vda", QCOW2, "qcow2", marks=ENCRYPTED),
                file_disk("vdb", RAW, marks=ENCRYPTED),
                file_disk("vdc", SHARED, marks=ENCRYPTED),
                file_disk("vdd", INNER),
            )
            with on_stage(scene, Member(VM, its_disks)):
                wait_until(f"{THERE} to tell the secret", told, 90, POLL_SECONDS)
                yield VM
        finally:
            end(scene)
            scene.lab.attempt("exec", HERE, "--", "rm", "-f", SHARED)
            for host in HOSTS:
                scene.lab.attempt("exec", host, "--", "virsh", "-q", "secret-undefine", KEY_UUID)


def end(scene: Scene) -> None:
    """At the destination; nothing where it never came."""
    for word in ("destroy", "undefine"):
        scene.lab.attempt("exec", THERE, "--", "virsh", "-q", word, VM)
    wait_until(f"{THERE} to forget it", lambda: VM not in scene.domains(THERE), 90, POLL_SECONDS)


def test_local_ones_are_copied_onto_encrypted_images_a_shared_one_stays_and_all_read_the_same_there(
    scene: Scene, encrypted: str, name: Callable[[str], str]
) -> None:
    asked = name(encrypted)
    scene.ask(asked, encrypted, THERE, storage=MUST_EXIST)
    told = scene.until(asked, "Succeeded", MOVE_SECONDS)
    told = scene.clean(asked)
    actions = {target: line["action"] for target, line in disks(told).items()}
    assert actions == {"vda": "Copy", "vdb": "Copy", "vdc": "Keep", "vdd": "Copy"}
    assert scene.left_over(told) == []
    assert encrypted not in scene.virsh(HERE, "list", "--all", "--name").split()
    assert scene.virsh(THERE, "domstate", encrypted).strip() == "running"
    end(scene)
    for opened in OPENED.values():
        read = scene.inside(THERE, f"qemu-io {KEY} -r -c 'read -P 71 1M 1M' -c 'read -P 0 2M 1M' {opened}")
        assert "verification failed" not in read
    assert scene.inside(THERE, f"sha256sum {INNER}") == scene.inside(HERE, f"sha256sum {INNER}")
    assert PHRASE not in str(told.body)

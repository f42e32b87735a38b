"""An encrypted disk is copied onto an image that was made with the same secret; the key never travels."""

from collections.abc import Callable, Iterator

import pytest

from ..bad.scene import HOSTS, POLL_SECONDS, Scene
from ..lab import wait_until
from .cast import HERE, PLACE, THERE, Member, file_disk, images, on_stage
from .journeys import MOVE_SECONDS, MUST_EXIST, Journeys, disks
from .test_busy_images import DEFINITION, ENCRYPTED, KEY_UUID, PHRASE

pytestmark = [pytest.mark.e2e, pytest.mark.walk]

VM = "storage-encrypted"
IMAGE = f"{PLACE}/encrypted.qcow2"
KEY = f"--object secret,id=s,data='{PHRASE}'"
MAKE = f"qemu-img create -q {KEY} -f qcow2 -o encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10"
OPENED = f"--image-opts driver=qcow2,file.filename={IMAGE},encrypt.format=luks,encrypt.key-secret=s"


@pytest.fixture
def encrypted(scene: Scene, journeys: Journeys) -> Iterator[str]:
    """Its image holds something at the source, and nothing at the destination; both hosts have the secret."""
    make = f"{MAKE} {IMAGE} 4M"
    told = lambda: KEY_UUID in journeys.hypervisor(THERE).get("secrets", [])  # noqa: E731 - one line is enough
    fill = f"qemu-io {KEY} -c 'write -q -P 71 1M 1M' {OPENED}"
    with images(scene, host1=f"{make}\n{fill}", host2=make):
        try:
            for host in HOSTS:
                from_stdin = ("--file", "/dev/stdin", "--plain")
                scene.virsh(host, "secret-define", "/dev/stdin", stdin=DEFINITION)
                scene.virsh(host, "secret-set-value", KEY_UUID, *from_stdin, stdin=PHRASE)
            with on_stage(scene, Member(VM, (file_disk("vda", IMAGE, "qcow2", marks=ENCRYPTED),))):
                wait_until(f"{THERE} to tell the secret", told, 90, POLL_SECONDS)
                yield VM
        finally:
            end(scene)
            for host in HOSTS:
                scene.lab.attempt("exec", host, "--", "virsh", "-q", "secret-undefine", KEY_UUID)


def end(scene: Scene) -> None:
    """At the destination; nothing where it never came."""
    for word in ("destroy", "undefine"):
        scene.lab.attempt("exec", THERE, "--", "virsh", "-q", word, VM)
    wait_until(f"{THERE} to forget it", lambda: VM not in scene.domains(THERE), 90, POLL_SECONDS)


def test_onto_an_encrypted_image_that_exists_it_is_copied_and_reads_the_same_with_the_secret_there(
    scene: Scene, encrypted: str, name: Callable[[str], str]
) -> None:
    asked = name(encrypted)
    scene.ask(asked, encrypted, THERE, storage=MUST_EXIST)
    told = scene.until(asked, "Succeeded", MOVE_SECONDS)
    told = scene.clean(asked)
    assert disks(told)["vda"]["action"] == "Copy"
    assert scene.left_over(told) == []
    assert encrypted not in scene.virsh(HERE, "list", "--all", "--name").split()
    assert scene.virsh(THERE, "domstate", encrypted).strip() == "running"
    end(scene)
    read = scene.inside(THERE, f"qemu-io {KEY} -r -c 'read -P 71 1M 1M' -c 'read -P 0 2M 1M' {OPENED}")
    assert "verification failed" not in read
    assert PHRASE not in str(told.body)

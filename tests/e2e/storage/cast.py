"""Domains that have disks and nothing else, and must come to no harm: they are refused, and never move.

Each takes a second and 16 MiB; a whole module's are made at once, because a Hypervisor tells of new domains
only after some seconds of calm.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from labkit.lab import LOCAL, SHARED

from ..bad.scene import HOSTS, POLL_SECONDS, Scene
from ..lab import wait_until

HERE, THERE = HOSTS
PLACE = f"{LOCAL}/cast"
"""Of the images that only one host has; both hosts have the directory."""
COMMON = str(SHARED)
IMAGE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """A domain by its name, and its disks as XML."""

    name: str
    disks: Sequence[str]


def file_disk(
    target: str, path: str, kind: str = "raw", *, marks: str = "", device: str = "disk", policy: str = ""
) -> str:
    """A disk in a file; `marks` are elements such as `<readonly/>`. An empty path is an empty drive."""
    startup = f" startupPolicy='{policy}'" if policy else ""
    source = f"<source file='{path}'{startup}/>" if path else ""
    return _disk("file", target, f"<driver name='qemu' type='{kind}' cache='none'/>{source}", marks, device)


def other_disk(kind: str, target: str, source: str, marks: str = "") -> str:
    """A disk of another kind than file; `source` is its element."""
    return _disk(kind, target, f"<driver name='qemu' type='raw' cache='none'/>{source}", marks, "disk")


def _disk(kind: str, target: str, content: str, marks: str, device: str) -> str:
    bus = "virtio" if device == "disk" else "ide"
    target_element = f"<target dev='{target}' bus='{bus}'/>"
    return f"<disk type='{kind}' device='{device}'>{content}{target_element}{marks}</disk>"


def definition(member: Member) -> str:
    """Its BIOS finds nothing to boot, and waits."""
    return f"""<domain type='qemu'><name>{member.name}</name><memory unit='MiB'>16</memory>
<os><type arch='x86_64' machine='pc'>hvm</type></os>
<cpu mode='custom' match='exact' check='none'><model fallback='forbid'>qemu64</model></cpu>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>{"".join(member.disks)}
<controller type='usb' model='none'/><memballoon model='none'/></devices></domain>"""


@contextmanager
def on_stage(scene: Scene, *members: Member) -> Iterator[None]:
    """They run on the first host, which lists them; nothing of them is left after the block."""
    names = [member.name for member in members]
    try:
        for member in members:
            _drop(scene, member.name)
            scene.virsh(HERE, "define", "/dev/stdin", stdin=definition(member))
            scene.virsh(HERE, "start", member.name)
        listed = set(names)
        wait_until(f"{HERE} to list {names}", lambda: listed <= set(scene.domains(HERE)), 60, POLL_SECONDS)
        yield
    finally:
        for name in names:
            _drop(scene, name)
        wait_until(
            f"{HERE} to forget {names}",
            lambda: not set(names) & set(scene.domains(HERE)),
            90,
            POLL_SECONDS,
        )


@contextmanager
def images(scene: Scene, **scripts: str) -> Iterator[None]:
    """Both hosts have `PLACE`, and in it what the script of each makes there; it is gone after the block."""
    try:
        for host in HOSTS:
            script = scripts.get(host, "")
            scene.inside(host, f"rm -rf {PLACE}; mkdir {PLACE}; cd {PLACE}\n{script}")
        yield
    finally:
        for host in HOSTS:
            scene.inside(host, f"rm -rf {PLACE}")


def _drop(scene: Scene, name: str) -> None:
    for words in (("destroy", name), ("undefine", "--checkpoints-metadata", "--snapshots-metadata", name)):
        scene.lab.attempt("exec", HERE, "--", "virsh", "-q", *words)

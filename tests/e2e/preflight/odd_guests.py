"""Small guests that are odd in one way each, and what the preflight says of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..bad.scene import FINAL, POLL_SECONDS, Scene, Told
from ..lab import wait_until

THERE = "host2"
_QEMU = "http://libvirt.org/schemas/domain/qemu/1.0"


def definition(
    name: str, devices: str = "", more: str = "", *, machine: str = "pc", memory_mebibytes: int = 32
) -> str:
    """`more` is what stands beside the devices."""
    return f"""<domain type='qemu' xmlns:qemu='{_QEMU}'>
  <name>{name}</name>
  <memory unit='MiB'>{memory_mebibytes}</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='{machine}'>hvm</type></os>
  <features><acpi/></features>
  <cpu mode='custom' match='exact' check='none'><model fallback='forbid'>qemu64</model></cpu>
  <devices>{devices}
    <memballoon model='none'/>
  </devices>{more}
</domain>"""


@contextmanager
def odd_guest(
    scene: Scene, name: str, xml: str, *, host: str = "host1", state: str = "paused"
) -> Iterator[str]:
    """It stands still before its first instruction, runs (`running`) or is off (`shut off`)."""
    scene.virsh(host, "define", "/dev/stdin", stdin=xml)
    try:
        if state != "shut off":
            scene.virsh(host, "start", name, *(("--paused",) if state == "paused" else ()))
        wait_until(f"{host} to list {name}", lambda: name in scene.domains(host), 30, POLL_SECONDS)
        yield name
    finally:
        scene.lab.attempt("exec", host, "--", "virsh", "destroy", name)
        scene.virsh(host, "undefine", name)
        wait_until(f"{host} to forget {name}", lambda: name not in scene.domains(host), 90, POLL_SECONDS)


def judged(scene: Scene, name: str, vm: str, to: str = THERE, **more: object) -> Told:
    """The end of a preflight, which has changed nothing and left nothing."""
    with scene.as_before():
        scene.ask(name, vm, to, mode="Validate", **more)
        wait_until(f"{name} to end", lambda: scene.told(name).phase in FINAL, 60, POLL_SECONDS)
        told = scene.clean(name)
    assert scene.left_over(told) == []
    return told


def complaints(told: Told) -> dict[str, list[str]]:
    """By check: result, host, message and remedy of everything that is neither passed nor without meaning."""
    found: dict[str, list[str]] = {}
    for check in told.body["status"]["checks"]:
        if check["result"] not in ("Pass", "NotApplicable"):
            assert check["remedy"], check
            line = f"{check['result']} on {check['host']}: {check['message']} ({check['remedy']})"
            found.setdefault(check["name"], []).append(line)
    return found

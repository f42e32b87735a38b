"""What `make demo` does, in order; safe to repeat: each time the guest goes to the other host."""

import os
import re
from datetime import UTC, datetime
from typing import Any

from demokit import live, readme
from labkit import links
from labkit.guest import manage, observer, state, whereabouts
from labkit.guest.check import Verdict, check
from labkit.guest.spec import Guest, parse_disk
from labkit.guest.verdict_text import text
from labkit.kubernetes import kubectl
from labkit.lab import Lab, Plane
from labkit.machine import need_root, prepare
from labkit.registry import claim_lab
from labkit.shell import LabError, say
from labkit.up import up

NAMESPACE = "default"
RATE = "80mbit"
MIB = 1 << 20


def main() -> int:
    """0 when the guest has moved and is intact."""
    try:
        need_root()
        prepare()
        return _tell(claim_lab(os.environ.get("GODWIT_LAB", "godwit")))
    except LabError as error:
        say(f"demo: {error}")
        return 1
    except KeyboardInterrupt:
        say("demo: interrupted; the lab stays up, `make clean` ends it")
        return 130


def _tell(lab: Lab) -> int:
    _title("A real cluster whose nodes are real libvirt hosts")
    up(lab, 2)
    manifest = readme.example(readme.README.read_text())
    vm, name = readme.field(manifest, "vm.name"), readme.field(manifest, "metadata.name")
    source, destination = _guest(lab, vm)
    manifest = re.sub(r"hypervisor: host\d", f"hypervisor: {destination}", manifest)
    _title(f"kubectl apply: {vm} goes from {source} to {destination}, over a link of {RATE}")
    print(manifest)
    kubectl(lab, "delete", "vmm", name, "-n", NAMESPACE, "--ignore-not-found")
    observer.observe(lab, vm, reset=True)
    links.shape(lab, source, Plane.DATA, RATE)
    try:
        print(kubectl(lab, "apply", "-n", NAMESPACE, "-f", "-", stdin=manifest), end="", flush=True)
        status = live.watch(lab, NAMESPACE, name, source)
    finally:
        links.clear(lab, source, Plane.DATA)
    if status.get("phase") != "Succeeded":
        print(why(status))
    _title("What the guest itself says")
    verdict = check(lab, vm)
    print(text(verdict, datetime.now(UTC)))
    _downtime(status, verdict)
    _next(lab, vm, name)
    moved = status.get("phase") == "Succeeded" and verdict.host == destination
    return 0 if moved and not verdict.findings else 1


def _guest(lab: Lab, name: str) -> tuple[str, str]:
    """Where the guest is and where it can go; made on host1 when there is none."""
    if name in state.names(lab):
        found = whereabouts.running(whereabouts.states(lab, state.load(lab, name).uuid))
        if len(found) == 1:
            return found[0], "host1" if found[0] == "host2" else "host2"
        manage.destroy(lab, name)
    _title(f"A guest that writes 2 MiB/s into its memory and 512 KiB/s onto its disk: {name}")
    wanted = Guest(
        name=name,
        host="host1",
        disks=(parse_disk("shared:64Mi:qcow2"),),
        working_set_bytes=24 * MIB,
        dirty_bytes_per_second=2 * MIB,
        write_bytes_per_second=MIB // 2,
    )
    guest = manage.create(lab, wanted)
    print(f"{name} answers at {state.address(lab, guest)}")
    return "host1", "host2"


def why(status: dict[str, Any]) -> str:
    """How it has ended, in the migration's own words."""
    found = (each for each in status.get("conditions", []) if each.get("type") == "Succeeded")
    return "".join(f"{each['reason']}: {each['message']}" for each in found)


def _downtime(status: dict[str, Any], verdict: Verdict) -> None:
    reported = status.get("result", {}).get("downtime", {}).get("reportedMilliseconds")
    if reported is None or verdict.client is None:
        return
    seen = max(verdict.client.udp.longest_gap_ms, verdict.client.tcp.longest_gap_ms)
    print(f"\nDowntime: {reported} ms as QEMU reports it, {seen:.0f} ms as a client outside saw it.")


def _next(lab: Lab, vm: str, name: str) -> None:
    lab_name = "" if lab.name == "godwit" else f" --name {lab.name}"
    chosen = "" if lab.name == "godwit" else f"GODWIT_LAB={lab.name} "
    _title("The lab stays up. Next:")
    print(f'  eval "$(hack/lab env{lab_name})" && kubectl describe vmm {name}')
    print("  kubectl get hypervisors -o wide")
    print(f"  {chosen}make demo              # {vm} goes back")
    print(f"\n`{chosen}make clean` ends the lab.")


def _title(words: str) -> None:
    print(f"\n== {words}", flush=True)

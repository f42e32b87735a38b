"""What the hosts and the cluster show of one guest, read anew each time and never from Godwit's status."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from faultkit import openfiles
from faultkit.openfiles import Open
from labkit import box, cgroups, listing, process
from labkit.containers import NAMESPACE
from labkit.guest import whereabouts
from labkit.guest.spec import Guest
from labkit.guest.whereabouts import ABSENT, VIRSH
from labkit.kubernetes import kubectl, kubectl_json
from labkit.lab import LOCAL, SHARED, Lab, hosts
from labkit.listing import Listing
from labkit.shell import LabError

OFF = "shut off"
MARK = "godwit.dev"
"""In the URI of every mark of Godwit's."""
PROBE = ".godwit-*"
"""Name of every file that Godwit writes beside images."""
_JOB = re.compile(r"^\S+ \S+: initiating migration$", re.M)


@dataclass(frozen=True, slots=True)
class Copy:
    """The guest as one host's libvirt has it. `definition` is empty for a transient one."""

    state: str
    persistent: bool
    autostart: bool
    definition: str
    max_downtime: str = ""
    """As virsh prints it; empty when it is off."""

    @property
    def active(self) -> bool:
        """It has a QEMU."""
        return self.state != OFF


@dataclass(frozen=True, slots=True)
class Scene:
    """All hosts at about one moment. `left` names what Godwit should have taken away."""

    copies: dict[str, Copy]
    qemus: dict[str, int]
    """How many processes run the guest, by host, as the kernel knows it."""
    marked: list[str]
    """`domain on host` of every domain that bears a mark."""
    left: list[str]
    pools: dict[str, frozenset[str]]
    jobs: int
    """How many migrations of the guest QEMU has begun in all its life."""
    images: Mapping[str, Listing] = field(default_factory=dict)
    """What lies in each host's own directory of images, by host; and in the shared one, under `SHARED`."""
    opened: Mapping[str, tuple[Open, ...]] = field(default_factory=dict)
    """The images that QEMUs have open, by host."""


def look(lab: Lab, guest: Guest) -> Scene:
    """About a second; `LabError` when a host can't be asked."""
    states = whereabouts.states(lab, guest.uuid)
    silent = [f"{host}: {seen}" for host, seen in states.items() if _unknown(seen)]
    if silent:
        raise LabError(f"where {guest.name} is can't be known: {'; '.join(silent)}")
    known = [host for host, seen in states.items() if seen != ABSENT]
    return Scene(
        copies={host: _copy(lab, host, guest.uuid) for host in known},
        qemus={host: _qemus(lab, host, guest.uuid) for host in hosts(lab)},
        marked=[f"{domain} on {host}" for host in hosts(lab) for domain in _marked(lab, host)],
        left=[*_probes(lab), *_objects(lab, guest.uuid)],
        pools={
            host: frozenset(_virsh(lab, host, "pool-list", "--all", "--name").split()) for host in hosts(lab)
        },
        jobs=jobs(lab, guest.name),
        images={
            **{host: _images(lab, host, LOCAL) for host in hosts(lab)},
            str(SHARED): _images(lab, hosts(lab)[0], SHARED),
        },
        opened={host: openfiles.look(lab, host, guest.uuid) for host in hosts(lab)},
    )


def jobs(lab: Lab, name: str) -> int:
    """How many migrations of it QEMU has begun, on all hosts together; also of a host that is off."""
    logs = (lab.logs(host) / "libvirt" / "qemu" / f"{name}.log" for host in hosts(lab))
    return sum(len(_JOB.findall(log.read_text(errors="replace"))) for log in logs if log.exists())


def _unknown(seen: str) -> bool:
    return seen == whereabouts.OFF or seen.startswith(whereabouts.UNKNOWN)


def _copy(lab: Lab, host: str, uuid: str) -> Copy:
    lines = _virsh(lab, host, "dominfo", uuid).splitlines()
    info = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    persistent = info["Persistent"] == "yes"
    return Copy(
        state=info["State"],
        persistent=persistent,
        autostart=info["Autostart"] == "enable",
        definition=plain(_virsh(lab, host, "dumpxml", "--inactive", uuid)) if persistent else "",
        max_downtime=""
        if info["State"] == OFF
        else _virsh(lab, host, "migrate-getmaxdowntime", uuid).strip(),
    )


def plain(xml: str) -> str:
    """A definition in one form: without its metadata, and with its controllers in an order of their own.

    libvirt sorts controllers into groups whenever it reads a definition anew; each names its type and index.
    """
    domain = ET.fromstring(xml)  # noqa: S314 - libvirt's own words
    for metadata in domain.findall("metadata"):
        domain.remove(metadata)
    for devices in domain.findall("devices"):
        controllers = devices.findall("controller")
        for controller in controllers:
            devices.remove(controller)
        devices.extend(sorted(controllers, key=lambda found: (found.get("type", ""), found.get("index", ""))))
    return ET.canonicalize(ET.tostring(domain, encoding="unicode"), strip_text=True)


def _qemus(lab: Lab, host: str, uuid: str) -> int:
    ours = [pid for pid in cgroups.processes(lab, host) if process.name(pid).startswith("qemu-system")]
    return sum(uuid in openfiles.command_line(Path(f"/proc/{pid}")) for pid in ours)


def _images(lab: Lab, host: str, directory: Path) -> Listing:
    """Without Godwit's own files, which are found anyway."""
    found = listing.below(lab, host, directory)
    return {path: entry for path, entry in found.items() if not Path(path).match(PROBE)}


def _marked(lab: Lab, host: str) -> list[str]:
    """Both definitions of every domain are asked: one shell in the host is quicker than many."""
    script = (
        f"for id in $({' '.join(VIRSH)} list --all --uuid); do "
        f"{{ {' '.join(VIRSH)} dumpxml $id; {' '.join(VIRSH)} dumpxml --inactive $id; }} 2>/dev/null "
        f"| grep -q {MARK} && echo $id; done; true"
    )
    return box.inside(lab, host, "sh", "-c", script, timeout_seconds=30).split()


def _pools(lab: Lab, host: str) -> frozenset[str]:
    return frozenset(_virsh(lab, host, "pool-list", "--all", "--name").split())


def _probes(lab: Lab) -> list[str]:
    found: set[str] = set()
    for host in hosts(lab):
        search = ("find", str(SHARED), str(LOCAL), "-name", PROBE)
        found |= set(box.inside(lab, host, *search, timeout_seconds=30).split())
    return [f"the file {path}" for path in sorted(found)]


def _objects(lab: Lab, uuid: str) -> list[str]:
    tasks = kubectl_json(lab, "get", "migrationtasks", "-n", NAMESPACE)["items"]
    ours = [task["metadata"]["name"] for task in tasks if task["spec"]["vm"]["uuid"] == uuid]
    leases = kubectl(lab, "get", "leases", "-n", NAMESPACE, "-o", "name").split()
    claims = [lease for lease in leases if lease.endswith(f"/vm-{uuid}")]
    return [*(f"MigrationTask {name}" for name in ours), *claims]


def _virsh(lab: Lab, host: str, *words: str) -> str:
    return box.inside(lab, host, *VIRSH, *words, timeout_seconds=30)

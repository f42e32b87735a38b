"""Creating and destroying guests."""

from dataclasses import replace
from pathlib import Path

from labkit import box
from labkit.guest import images, observer, served, state, whereabouts
from labkit.guest.agent import ask, parse
from labkit.guest.artifacts import install
from labkit.guest.spec import Guest
from labkit.guest.whereabouts import VIRSH
from labkit.guest.xml import console_log, domain_xml
from labkit.lab import Lab, hosts
from labkit.shell import LabError, wait_for

PATIENCE_SECONDS = 60


def create(
    lab: Lab, wanted: Guest, *, transient: bool = False, autostart: bool = False, paused: bool = False
) -> Guest:
    """Make its images, start it, wait until it answers and its disks bear its pattern, and have it watched.

    With `paused` it is suspended after that. Nothing is left of it when it fails.
    """
    wanted.validate()
    box.running(lab, wanted.host)
    guest = state.reserve(lab, wanted)
    try:
        images.need_free(lab, guest)
    except BaseException:
        state.forget(lab, guest.name)  # and no more: `destroy` would take somebody else's images away
        raise
    try:
        artifacts, *_ = [install(lab, host) for host in hosts(lab)]
        images.make(lab, guest)
        _start(lab, guest, artifacts, transient=transient)
        if autostart:
            _virsh(lab, guest.host, "autostart", guest.uuid)
        guest = replace(guest, boot_id=_wait(lab, guest))
        state.save(lab, guest)
        observer.start(lab, guest)
        if paused:
            _virsh(lab, guest.host, "suspend", guest.uuid)
    except BaseException:
        destroy(lab, guest.name)
        raise
    return guest


def destroy(lab: Lab, name: str) -> None:
    """End it on every host, with its definition, images, console log and prober.

    A host that is off or whose libvirtd is silent keeps what it has: then the guest stays on the lab's list.
    """
    guest = state.load(lab, name)
    observer.end(lab, name)
    unreached = [
        host
        for host, found in whereabouts.states(lab, guest.uuid).items()
        if not _end(lab, host, guest, found)
    ]
    if unreached:
        raise LabError(
            f"{' and '.join(unreached)} can't be asked and may still have {name}: power it on "
            f"(`hack/lab boot`, `hack/lab start libvirtd`), then destroy {name} again"
        )
    served.end(lab, guest)
    state.forget(lab, name)


def _start(lab: Lab, guest: Guest, artifacts: str, *, transient: bool) -> None:
    xml = domain_xml(guest, state.address(lab, guest), artifacts, served.address(lab))
    if transient:
        _virsh(lab, guest.host, "create", "/dev/stdin", stdin=xml)
        return
    _virsh(lab, guest.host, "define", "/dev/stdin", stdin=xml)
    _virsh(lab, guest.host, "start", guest.uuid)


def _wait(lab: Lab, guest: Guest) -> str:
    """Until it answers and every disk bears its first records; gives its boot id."""
    boot_id = ""

    def settled() -> bool:
        nonlocal boot_id
        try:
            found = parse(ask(lab, guest, "status", 1)[0])
        except OSError:
            return False
        boot_id = found.fields["boot_id"]
        return found.number("begun") == len(guest.disks)

    try:
        wait_for(f"{guest.name} with its {len(guest.disks)} disks", settled, PATIENCE_SECONDS, 0.1)
    except LabError as late:
        raise LabError(f"{late}; its console says: {_console(lab, guest)}") from late
    return boot_id


def _console(lab: Lab, guest: Guest) -> str:
    log = Path(f"/proc/{box.running(lab, guest.host)}/root{console_log(guest.name)}")
    return log.read_text(errors="replace")[-1000:].strip() if log.exists() else "nothing"


def _end(lab: Lab, host: str, guest: Guest, found: str) -> bool:
    """Whether nothing of the guest is left on the host."""
    if found == whereabouts.OFF or found.startswith(whereabouts.UNKNOWN):
        return False
    if found not in (whereabouts.ABSENT, "shut off"):
        _virsh(lab, host, "destroy", guest.uuid)
        found = whereabouts.states(lab, guest.uuid)[host]
    if found != whereabouts.ABSENT:
        _virsh(lab, host, "undefine", "--keep-nvram", guest.uuid)
    images.remove(lab, host, guest)
    forget(lab, host, guest.name)
    box.inside(lab, host, "rm", "-f", console_log(guest.name))
    return True


def forget(lab: Lab, host: str, name: str) -> None:
    """No definition of that name is read when the host's libvirtd starts again; it must have none now.

    libvirt 11.3 writes the definition of a guest anew that was undefined while it ran, when its disks are
    copied: nobody sees it until then.
    """
    box.inside(lab, host, "rm", "-f", f"/etc/libvirt/qemu/{name}.xml")


def _virsh(lab: Lab, host: str, *words: str, stdin: str | None = None) -> None:
    box.inside(lab, host, *VIRSH, *words, stdin=stdin)

"""The guests of a campaign: each lives through many runs, and is made anew when one has harmed it."""

from faultkit.plan import Kind, Plan
from labkit import box, faults, libvirt
from labkit.guest import images, manage, observer, state, whereabouts
from labkit.guest.check import check
from labkit.guest.spec import Drive, Guest, parse_disk
from labkit.guest.whereabouts import VIRSH
from labkit.lab import Lab, hosts
from labkit.shell import LabError, say, wait_for

MIB = 1 << 20
_END_SECONDS = 60.0
_LOCAL = ("local:64Mi:qcow2:filled=16Mi", "local:32Mi:raw")
_DISKS = {
    Kind.FAST: ("shared:64Mi:qcow2",),
    Kind.COPIED: _LOCAL,
    Kind.HYBRID: ("shared:64Mi:qcow2", *_LOCAL, "local:4Mi:raw:ro:everywhere"),
}
_PROBE_MILLISECONDS = 100
"""A guest's answers cost more than the rest of its idling, and only silences of seconds are judged here."""


def _wanted(lab: Lab, kind: Kind) -> Guest:
    if kind is Kind.STRICT:
        return Guest(name="faults-strict", host=hosts(lab)[0], probe_milliseconds=_PROBE_MILLISECONDS)
    return Guest(
        name=f"faults-{kind}",
        host=hosts(lab)[0],
        disks=tuple(map(parse_disk, _DISKS[kind])),
        cdroms=(Drive(),) if kind is Kind.HYBRID else (),
        working_set_bytes=16 * MIB,
        dirty_bytes_per_second=4 * MIB,
        write_bytes_per_second=MIB // 2,
        probe_milliseconds=_PROBE_MILLISECONDS,
    )


class Guests:
    """One of each kind, made when it is first needed."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def ready(self, plan: Plan) -> Guest:
        """Intact, on one host, and as the plan wants it; the others hold still."""
        name = _wanted(self._lab, plan.kind).name
        self._hold_still({_wanted(self._lab, kind).name for kind in Kind} - {name})
        host = self._intact_at(name) or self._new(plan.kind)
        guest = state.load(self._lab, name)
        self._virsh(host, "autostart", *([] if plan.autostart else ["--disable"]), guest.uuid)
        self._make_room(guest, host, must_exist=plan.must_exist)
        if plan.transient:
            self._make_transient(host, guest)
        if plan.paused:
            self._virsh(host, "suspend", guest.uuid)
        return guest

    def load(self, name: str) -> Guest:
        """What is kept of it."""
        return state.load(self._lab, name)

    def end(self) -> None:
        """None of them is left."""
        for kind in Kind:
            self._end(_wanted(self._lab, kind).name)

    def _hold_still(self, names: set[str]) -> None:
        """Each that runs takes its share of the machine, and of how quick the next run is."""
        for host in hosts(self._lab):
            running = self._virsh(host, "list", "--name", "--state-running").split()
            for name in names & set(running):
                self._virsh(host, "suspend", name)

    def _make_room(self, guest: Guest, home: str, *, must_exist: bool) -> None:
        """As an admin does: images that earlier migrations left go, or new ones are made for the next."""
        leaving = {str(path) for path in guest.leaving()}
        for host in hosts(self._lab):
            if host == home:
                continue
            manage.forget(self._lab, host, guest.name)
            if not leaving:
                continue
            box.inside(self._lab, host, "rm", "-f", *leaving)
            if must_exist:
                for disk, path in zip(guest.disks, guest.images(), strict=True):
                    if str(path) in leaving:
                        images.create(self._lab, host, path, disk.format, disk.size_bytes)

    def _intact_at(self, name: str) -> str | None:
        """The host where it runs for good again; None when it has to be made anew."""
        if name not in state.names(self._lab):
            return None
        uuid = state.load(self._lab, name).uuid
        there = [
            host
            for host, seen in whereabouts.states(self._lab, uuid).items()
            if seen not in (whereabouts.ABSENT, "shut off")
        ]
        if len(there) != 1:
            return None
        try:
            self._as_made(there[0], uuid)
            observer.observe(self._lab, name, reset=True)
            return None if check(self._lab, name).findings else there[0]
        except LabError:
            return None

    def _as_made(self, host: str, uuid: str) -> None:
        """Persistent and running."""
        if self._virsh(host, "domstate", uuid).strip() == "paused":
            self._virsh(host, "resume", uuid)
        if "Persistent:     no" in self._virsh(host, "dominfo", uuid):
            xml = self._virsh(host, "dumpxml", "--migratable", uuid)
            self._virsh(host, "define", "/dev/stdin", stdin=xml)

    def _make_transient(self, host: str, guest: Guest) -> None:
        """Until its libvirtd begins anew, libvirt writes the definition again with each copied disk."""
        self._virsh(host, "undefine", guest.uuid)
        faults.kill(self._lab, ["libvirtd", host])
        wait_for(f"libvirtd of {host}", lambda: libvirt.answers(self._lab, host), 30)

    def _new(self, kind: Kind) -> str:
        wanted = _wanted(self._lab, kind)
        self._end(wanted.name)
        manage.create(self._lab, wanted)
        say(f"{wanted.name} is made anew")
        return wanted.host

    def _end(self, name: str) -> None:
        """Godwit may be busy with it still."""

        def ended() -> bool:
            if name not in state.names(self._lab):
                return True
            try:
                manage.destroy(self._lab, name)
            except LabError:
                return False
            return True

        wait_for(f"the end of {name}", ended, _END_SECONDS, 1)

    def _virsh(self, host: str, *words: str, stdin: str | None = None) -> str:
        return box.inside(self._lab, host, *VIRSH, *words, stdin=stdin, timeout_seconds=30)

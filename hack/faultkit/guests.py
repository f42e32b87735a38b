"""The guests of a campaign: each lives through many runs, and is made anew when one has harmed it."""

from faultkit.plan import Kind, Plan
from labkit import box
from labkit.guest import manage, observer, state, whereabouts
from labkit.guest.check import check
from labkit.guest.spec import Guest, parse_disk
from labkit.guest.whereabouts import VIRSH
from labkit.lab import Lab, hosts
from labkit.shell import LabError, say, wait_for

MIB = 1 << 20
_END_SECONDS = 60.0
_PROBE_MILLISECONDS = 100
"""A guest's answers cost more than the rest of its idling, and only silences of seconds are judged here."""


def _wanted(lab: Lab, kind: Kind) -> Guest:
    if kind is Kind.STRICT:
        return Guest(name="faults-strict", host=hosts(lab)[0], probe_milliseconds=_PROBE_MILLISECONDS)
    return Guest(
        name="faults-fast",
        host=hosts(lab)[0],
        disks=(parse_disk("shared:64Mi:qcow2"),),
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
        """Intact, on one host, and as the plan wants it."""
        name = _wanted(self._lab, plan.kind).name
        host = self._intact_at(name) or self._new(plan.kind)
        guest = state.load(self._lab, name)
        self._virsh(host, "autostart", *([] if plan.autostart else ["--disable"]), guest.uuid)
        if plan.transient:
            self._virsh(host, "undefine", guest.uuid)
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

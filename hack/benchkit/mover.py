"""Moves a guest by Godwit, one migration at a time, and keeps all that was seen of each."""

import time

from benchkit import traces
from benchkit.api import Api
from benchkit.audit import AuditLog, Write
from benchkit.move import Move
from benchkit.qemulog import job_active
from benchkit.traces import Trace, Traces
from labkit.guest import whereabouts
from labkit.guest.spec import Guest
from labkit.lab import Lab, hosts
from labkit.shell import LabError, wait_for

LONGEST_SECONDS = 300.0
QUIET_SECONDS = 6.0
"""An agent waits 5 s for calm before it tells what has changed: these writes are the migration's too."""
_NEVER_QUIET_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.1
_HEARD_SECONDS = 10.0


class Mover:
    """`moves` are all that succeeded, in their order."""

    def __init__(self, lab: Lab, api: Api, heard: Traces, audit: AuditLog) -> None:
        self._lab = lab
        self._api = api
        self._heard = heard
        self._audit = audit
        self.moves: list[Move] = []

    def move(self, guest: Guest, **spec: object) -> Move:
        """To the other host, with `spec`; it is quiet when this returns, and has to be when this begins."""
        source, destination = ends(self._lab, guest)
        name = f"move-{len(self.moves) + 1}"
        self._audit.news()
        applied = self._api.create(name, guest.name, destination, **spec)
        followed = self._api.wait_closed(name, LONGEST_SECONDS)
        if followed.phase != "Succeeded":
            raise LabError(f"VMMigration {name} of {guest.name} is {followed.phase}: {followed.message}")
        heard = self.wait_heard(guest.name, source, destination, applied)
        active = job_active(self._lab, destination, guest.name, applied)
        if active is None:
            raise LabError(f"libvirt of {destination} wrote down no start of {guest.name}'s QEMU")
        move = Move(
            name=name,
            guest=guest.name,
            source=source,
            destination=destination,
            switchover=followed.switchover,
            applied=applied,
            job_active=active,
            first_round=traces.first_round(heard, source) or 0.0,
            running=traces.running(heard, destination) or 0.0,
            succeeded=followed.ended_at,
            sent_bytes=followed.sent_bytes,
            phases=tuple(followed.phases),
            traces=tuple(heard),
            writes=tuple(self.quiet()),
            copied=followed.copied,
        )
        self.moves.append(move)
        return move

    def wait_heard(self, guest: str, source: str, destination: str, since: float) -> list[Trace]:
        """libvirt's events of this migration; they may arrive a moment after its end."""
        heard: list[Trace] = []

        def both() -> bool:
            heard[:] = self._heard.between(guest, since, time.time())
            return None not in (traces.first_round(heard, source), traces.running(heard, destination))

        wait_for(f"libvirt's events of {guest} from {source} and {destination}", both, _HEARD_SECONDS)
        return heard

    def quiet(self) -> list[Write]:
        """What Godwit writes until it has written nothing for a while."""
        seen: list[Write] = []
        silent_since = time.monotonic()

        def is_quiet() -> bool:
            nonlocal silent_since
            if news := self._audit.news():
                seen.extend(news)
                silent_since = time.monotonic()
            return time.monotonic() - silent_since >= QUIET_SECONDS

        wait_for("Godwit to have nothing more to write", is_quiet, _NEVER_QUIET_SECONDS, _LOOK_EVERY_SECONDS)
        return seen

    def writes_during(self, seconds: float) -> list[Write]:
        """What Godwit writes in so long a time, beginning when it is quiet."""
        self.quiet()
        time.sleep(seconds)
        return self._audit.news()


def ends(lab: Lab, guest: Guest) -> tuple[str, str]:
    """Where the guest runs, and where it can go."""
    found = whereabouts.running(whereabouts.states(lab, guest.uuid))
    if len(found) != 1:
        raise LabError(f"{guest.name} runs on {' and '.join(found) or 'no host'}: it can't be measured")
    return found[0], next(host for host in hosts(lab) if host != found[0])

"""What the lab keeps of its guests: a directory each, under the lab's state."""

import fcntl
import os
import shutil
import uuid
from dataclasses import replace
from pathlib import Path

from labkit.guest.spec import Guest
from labkit.lab import Lab, Plane
from labkit.shell import LabError

FIRST_STATION, LAST_STATION = 100, 250


def directory(lab: Lab, name: str) -> Path:
    """Of one guest."""
    return lab.state / "guests" / name


def names(lab: Lab) -> list[str]:
    """All guests that were created."""
    return sorted(record.parent.name for record in (lab.state / "guests").glob("*/guest.json"))


def load(lab: Lab, name: str) -> Guest:
    """The guest of that name; `LabError` when there is none."""
    if name not in names(lab):
        raise LabError(f"lab {lab.name!r} has no guest {name!r}; it has: {' '.join(names(lab)) or 'none'}")
    return Guest.from_json((directory(lab, name) / "guest.json").read_text())


def save(lab: Lab, guest: Guest) -> None:
    """Keep it; a reader sees the old record or the new one."""
    place = directory(lab, guest.name)
    place.mkdir(parents=True, exist_ok=True)
    fresh = place / "guest.json.new"
    fresh.write_text(guest.to_json())
    fresh.rename(place / "guest.json")


def reserve(lab: Lab, wanted: Guest) -> Guest:
    """The same with a UUID and a number of its own, kept; `LabError` when the name is taken."""
    guests = lab.state / "guests"
    guests.mkdir(exist_ok=True)
    handle = os.open(guests, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if wanted.name in names(lab):
            raise LabError(
                f"there is a guest {wanted.name!r} already: `hack/lab guest destroy {wanted.name}` ends it"
            )
        guest = replace(wanted, uuid=str(uuid.uuid4()), number=_free_number(lab))
        save(lab, guest)
        return guest
    finally:
        os.close(handle)


def forget(lab: Lab, name: str) -> None:
    """Drop what is kept; the name and the number are free again."""
    shutil.rmtree(directory(lab, name))


def address(lab: Lab, guest: Guest) -> str:
    """Its address on the guests' plane."""
    return f"{lab.subnet(Plane.GUEST)}.{FIRST_STATION + guest.number}"


def _free_number(lab: Lab) -> int:
    taken = {load(lab, name).number for name in names(lab)}
    free = [number for number in range(LAST_STATION - FIRST_STATION + 1) if number not in taken]
    if not free:
        raise LabError(
            f"{len(taken)} guests are all that the guests' network has addresses for: destroy some"
        )
    return free[0]


def exchange_uptime(lab: Lab, name: str, seconds: float) -> float:
    """Keep how long the guest says to be up, and give what was kept before; 0 the first time."""
    record = directory(lab, name) / "uptime"
    before = float(record.read_text()) if record.exists() else 0.0
    record.write_text(f"{seconds}")
    return before

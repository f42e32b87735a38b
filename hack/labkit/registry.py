"""Which labs there are, each with its own number; and that one `up` or `down` of a lab goes on at a time."""

import fcntl
import ipaddress
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from labkit.lab import STATE, Lab
from labkit.shell import LabError, run

MOST_LABS = 32


def open_lab(name: str) -> Lab:
    """The lab of that name; `LabError` when it isn't there."""
    taken = _numbers()
    if name not in taken:
        others = f"; there are: {' '.join(sorted(taken))}" if taken else ""
        raise LabError(f"there is no lab {name!r}{others}. `hack/lab up --name {name}` makes it")
    return Lab(name, taken[name])


def claim_lab(name: str) -> Lab:
    """The same, with the first free number when it isn't there yet."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", name):
        raise LabError(f"{name!r} can't be a lab's name: small letters, digits and dashes, 20 at most")
    with _locked(STATE.parent):
        taken = _numbers()
        if name not in taken:
            taken[name] = free_number(set(taken.values()), _networks_in_use())
            (STATE / name).mkdir(parents=True, exist_ok=True)
            (STATE / name / "number").write_text(f"{taken[name]}\n")
    return Lab(name, taken[name])


def forget_lab(lab: Lab) -> None:
    """Give the number back; the last lab takes the directory of all labs with it."""
    with _locked(STATE.parent):
        (lab.state / "number").unlink()
        lab.state.rmdir()
        if not any(STATE.iterdir()):
            STATE.rmdir()


@contextmanager
def alone(lab: Lab) -> Iterator[None]:
    """One `up`, `reload` or `down` of a lab at a time; `LabError` when the lab ended meanwhile."""
    if not lab.state.is_dir():
        raise _ended(lab)
    with _locked(lab.state):
        if not (lab.state / "number").exists():
            raise _ended(lab)
        yield


def _ended(lab: Lab) -> LabError:
    return LabError(f"lab {lab.name!r} was ended meanwhile: `hack/lab up --name {lab.name}` makes it anew")


def free_number(taken: set[int], in_use: Iterable[ipaddress.IPv4Network]) -> int:
    """The first number that no lab has and whose 10.(64+n).0.0/16 meets no network of the machine."""
    networks = list(in_use)
    for number in range(MOST_LABS):
        if number in taken:
            continue
        ours = ipaddress.IPv4Network(f"10.{64 + number}.0.0/16")
        if not any(ours.overlaps(network) for network in networks):
            return number
    last = f"10.{63 + MOST_LABS}.255.255"
    raise LabError(
        f"no network is free between 10.64.0.0 and {last}: end a lab with `hack/lab down --name LAB`"
    )


def _numbers() -> dict[str, int]:
    return {place.parent.name: int(place.read_text()) for place in STATE.glob("*/number")}


def _networks_in_use() -> list[ipaddress.IPv4Network]:
    """Of the machine's routes; the default route leads everywhere and says nothing."""
    routes = json.loads(run("ip", "-j", "-4", "route", "show", "table", "all"))
    return [
        ipaddress.IPv4Network(route["dst"], strict=False)
        for route in routes
        if re.fullmatch(r"[0-9.]+(/[0-9]+)?", route["dst"]) and route["dst"] != "0.0.0.0/0"
    ]


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """The directory itself is the lock, so that no file is left of it."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

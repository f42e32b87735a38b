"""What a run is made of, picked from its seed: a guest, one or two faults, and their moments; pure."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SECOND_FAULT_SHARE = 0.25
DELETES_SHARE, MUST_EXIST_SHARE = 0.3, 0.25
LATEST_MS = 500


class Kind(StrEnum):
    """Which guest: what decides its switchover."""

    FAST = "fast"
    """Writes its memory and a disk on GlusterFS all the time."""
    STRICT = "strict"
    """Has no disk."""
    COPIED = "copied"
    """Writes its memory and two disks that only its host has."""
    HYBRID = "hybrid"
    """Has a shared system disk, two local ones, a read-only one that both hosts have, and an empty drive."""


COPIES = frozenset({Kind.COPIED, Kind.HYBRID})
"""Those whose disks are copied."""


class At(StrEnum):
    """What a moment is counted from."""

    PHASE = "phase"
    """The status says this phase for the first time."""
    INTENT = "intent"
    """The destination has written down that it will make an image, and so many milliseconds more."""
    CREATED = "created"
    """It has written down that an image is made, and so many milliseconds more."""
    COPY = "copy"
    """So much of the guest's disks is copied."""
    SHARE = "share"
    """So much of the guest's memory is sent."""
    JOB = "job"
    """libvirt goes through the memory for the first time, and so many milliseconds more."""
    SWITCHOVER = "switchover"
    """The guest has stopped at the source, and so many milliseconds more."""
    AFTER = "after"
    """The fault before began, and so many milliseconds more."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a fault strikes. `value` is a percentage for a share or a copy, milliseconds otherwise."""

    at: At
    value: int = 0
    phase: str = ""

    def __str__(self) -> str:
        match self.at:
            case At.PHASE:
                return f"at {self.phase}"
            case At.SHARE:
                return f"at {self.value} % of the job"
            case At.COPY:
                return f"at {self.value} % of the copy"
        return f"{self.value} ms after {_SINCE.get(self.at, f'the {self.at}')}"


_SINCE = {
    At.AFTER: "the fault before",
    At.INTENT: "an image's intent",
    At.CREATED: "an image is there",
}
_OF_COPIES = frozenset({At.INTENT, At.CREATED, At.COPY})


@dataclass(frozen=True, slots=True)
class Odds:
    """How a fault is picked: how often, for how long, when, and for which guest."""

    weight: float
    lasts_seconds: tuple[float, float] = (0.0, 0.0)
    moments: tuple[At, ...] = (
        At.PHASE, At.INTENT, At.CREATED, At.COPY, At.SHARE, At.JOB, At.SWITCHOVER,
    )  # fmt: skip
    """Those that only a copy has count for guests whose disks are copied."""
    guests: tuple[Kind, ...] = tuple(Kind)
    follows: bool = True
    """It may strike after another one, whatever the migration does by then."""


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault of a run."""

    fault: str
    moment: Moment
    lasts_seconds: float = 0.0

    def __str__(self) -> str:
        lasts = f" for {self.lasts_seconds:.0f} s" if self.lasts_seconds else ""
        return f"{self.fault}{lasts} {self.moment}"


@dataclass(frozen=True, slots=True)
class Plan:
    """One run; the same for the same seed and number."""

    seed: int
    run: int
    kind: Kind
    paused: bool
    transient: bool
    autostart: bool
    strikes: tuple[Strike, ...]
    resolution: str
    """What a person says where it comes to `NeedsAttention`; the other one where this isn't offered."""
    only: str = ""
    """The fault that it was told to begin with."""
    guest: str = ""
    """The kind of guest that it was told to take."""
    deletes: bool = False
    """The source's images of copied disks go after the commit."""
    must_exist: bool = False
    """The destination's images are there before."""

    @property
    def slow(self) -> bool:
        """The link is narrow until the last fault is over, so that no job ends before."""
        return any(strike.moment.at in (At.SHARE, At.COPY) for strike in self.strikes)

    @property
    def spec(self) -> dict[str, object]:
        """Further fields of the VMMigration's spec."""
        if self.kind not in COPIES:
            return {}
        provisioning = "MustExist" if self.must_exist else "Create"
        images = "Delete" if self.deletes else "Keep"
        return {"storage": {"provisioning": provisioning, "sourceImages": images}}

    def __str__(self) -> str:
        words = ("paused", "transient", "autostart", "deletes", "must_exist")
        marks = [word.replace("_", " ") for word in words if getattr(self, word)]
        guest = ", ".join([f"{self.kind} guest", *marks])
        return f"{guest}: {', then '.join(map(str, self.strikes))}"


PHASES = (
    "Pending", "Validating", "Preparing", "Copying", "Migrating", "SwitchingOver", "Finalizing", "Succeeded",
)  # fmt: skip
_SHARES = (20, 80)


def pick(seed: int, run: int, faults: Mapping[str, Odds], only: str = "", guest: str = "") -> Plan:
    """The plan of one run; with `only` its first fault is that one, with `guest` it moves such a guest."""
    chance = random.Random(f"{seed}/{run}")  # noqa: S311 - the same numbers have to come again
    kind = chance.choice(list(Kind))
    if guest:
        kind = Kind(guest)
        faults = {name: odds for name, odds in faults.items() if kind in odds.guests}
    picked = chance.choices(list(faults), [fault.weight for fault in faults.values()])[0]
    first = only or picked
    if kind not in faults[first].guests:
        kind = chance.choice(faults[first].guests)
    transient = chance.random() < 0.15
    paused = chance.random() < 0.15
    autostart = chance.random() < 0.5 and not transient
    strikes = [_strike(chance, first, faults[first], _moment(chance, faults[first], kind, paused=paused))]
    if chance.random() < SECOND_FAULT_SHARE:
        follower = chance.choices(list(faults), [fault.weight for fault in faults.values()])[0]
        if follower != first and kind in faults[follower].guests and faults[follower].follows:
            after = Moment(At.AFTER, chance.randint(0, 3000))
            strikes.append(_strike(chance, follower, faults[follower], after))
    return Plan(
        seed=seed,
        run=run,
        kind=kind,
        paused=paused,
        transient=transient,
        autostart=autostart,
        strikes=tuple(strikes),
        resolution=chance.choice(["KeepSource", "KeepDestination"]),
        only=only,
        guest=guest,
        deletes=chance.random() < DELETES_SHARE and kind in COPIES,
        must_exist=chance.random() < MUST_EXIST_SHARE and kind in COPIES,
    )


def _strike(chance: random.Random, name: str, fault: Odds, moment: Moment) -> Strike:
    return Strike(name, moment, round(chance.uniform(*fault.lasts_seconds), 1))


def _moment(chance: random.Random, fault: Odds, kind: Kind, *, paused: bool) -> Moment:
    """A guest that is paused already does not stop at the switchover; one without copies has none."""
    possible = [
        at
        for at in fault.moments
        if not (paused and at is At.SWITCHOVER) and not (at in _OF_COPIES and kind not in COPIES)
    ]
    match at := chance.choice(possible):
        case At.PHASE:
            return Moment(at, phase=chance.choice(PHASES))
        case At.SHARE | At.COPY:
            return Moment(at, chance.randint(*_SHARES))
    return Moment(at, chance.randint(0, LATEST_MS))

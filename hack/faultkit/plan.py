"""What a run is made of, picked from its seed: a guest, one or two faults, and their moments; pure."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SECOND_FAULT_SHARE = 0.25
LATEST_MS = 500


class Kind(StrEnum):
    """Which guest: what decides its switchover."""

    FAST = "fast"
    """Writes its memory and a disk on GlusterFS all the time."""
    STRICT = "strict"
    """Has no disk."""


class At(StrEnum):
    """What a moment is counted from."""

    PHASE = "phase"
    """The status says this phase for the first time."""
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
    """When a fault strikes. `value` is a percentage for a share, milliseconds otherwise."""

    at: At
    value: int = 0
    phase: str = ""

    def __str__(self) -> str:
        match self.at:
            case At.PHASE:
                return f"at {self.phase}"
            case At.SHARE:
                return f"at {self.value} % of the job"
        return f"{self.value} ms after {'the fault before' if self.at is At.AFTER else f'the {self.at}'}"


@dataclass(frozen=True, slots=True)
class Odds:
    """How a fault is picked: how often, for how long, when, and for which guest."""

    weight: float
    lasts_seconds: tuple[float, float] = (0.0, 0.0)
    moments: tuple[At, ...] = (At.PHASE, At.SHARE, At.JOB, At.SWITCHOVER)
    guests: tuple[Kind, ...] = (Kind.FAST, Kind.STRICT)


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

    @property
    def slow(self) -> bool:
        """The link is narrow until the last fault is over, so that no job ends before."""
        return any(strike.moment.at is At.SHARE for strike in self.strikes)

    def __str__(self) -> str:
        marks = [word for word in ("paused", "transient", "autostart") if getattr(self, word)]
        guest = ", ".join([f"{self.kind} guest", *marks])
        return f"{guest}: {', then '.join(map(str, self.strikes))}"


PHASES = ("Pending", "Validating", "Preparing", "Migrating", "SwitchingOver", "Finalizing", "Succeeded")
_SHARES = (20, 80)


def pick(seed: int, run: int, faults: Mapping[str, Odds], only: str = "") -> Plan:
    """The plan of one run; with `only` its first fault is that one."""
    chance = random.Random(f"{seed}/{run}")  # noqa: S311 - the same numbers have to come again
    kind = chance.choice(list(Kind))
    picked = chance.choices(list(faults), [fault.weight for fault in faults.values()])[0]
    first = only or picked
    if kind not in faults[first].guests:
        kind = faults[first].guests[0]
    transient = chance.random() < 0.15
    paused = chance.random() < 0.15
    autostart = chance.random() < 0.5 and not transient
    strikes = [_strike(chance, first, faults[first], _moment(chance, faults[first], paused=paused))]
    if chance.random() < SECOND_FAULT_SHARE:
        follower = chance.choices(list(faults), [fault.weight for fault in faults.values()])[0]
        if follower != first and kind in faults[follower].guests:
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
    )


def _strike(chance: random.Random, name: str, fault: Odds, moment: Moment) -> Strike:
    return Strike(name, moment, round(chance.uniform(*fault.lasts_seconds), 1))


def _moment(chance: random.Random, fault: Odds, *, paused: bool) -> Moment:
    """A guest that is paused already does not stop at the switchover."""
    possible = [at for at in fault.moments if not (paused and at is At.SWITCHOVER)]
    match at := chance.choice(possible):
        case At.PHASE:
            return Moment(at, phase=chance.choice(PHASES))
        case At.SHARE:
            return Moment(at, chance.randint(*_SHARES))
    return Moment(at, chance.randint(0, LATEST_MS))

"""Lets a run's faults strike, each at its moment, and heals each when its time is over."""

import time
from dataclasses import dataclass, replace
from math import inf

from faultkit.acts import FAULTS, Armed, arm
from faultkit.moments import wait_moment
from faultkit.plan import Strike
from faultkit.stage import Stage
from labkit.shell import LabError

_TICK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class _Wound:
    due: float
    strike: Strike
    armed: Armed


class Strikes:
    """`last` is when the last fault struck or was over, in seconds of the epoch.

    The first fault is ready to strike before the migration is applied: some phases take milliseconds.
    """

    def __init__(self, stage: Stage, first: Strike, *others: Strike) -> None:
        self._stage = stage
        self._first = first, self._armed(first)
        self._others = others
        self._wounds: list[_Wound] = []
        self.last = time.time()

    @property
    def open(self) -> bool:
        """A fault still goes on."""
        return bool(self._wounds)

    def play(self) -> None:
        """All of them; those that last until the migration's end are left for `heal_all`."""
        first, armed = self._first
        if not wait_moment(self._stage, first.moment):
            self._stage.note(f"{first.fault}: its moment never came")
            return
        self._strike(first, armed)
        for strike in self._others:
            armed = self._armed(strike)
            self._heal_until(self.last + strike.moment.value / 1000)
            self._strike(strike, armed)
        self._heal_until(inf)

    def heal_all(self) -> None:
        """No fault goes on any more."""
        for wound in sorted(self._wounds, key=lambda each: each.due):
            self._heal(wound)

    def _armed(self, strike: Strike) -> Armed | None:
        try:
            return arm(self._stage, strike.fault)
        except LabError as error:
            self._stage.note(f"{strike.fault} can't be made: {error}")
            return None

    def _strike(self, strike: Strike, armed: Armed | None) -> None:
        if armed is None:
            return
        fault = FAULTS[strike.fault]
        try:
            armed.strike()
        except LabError as error:
            self._stage.note(f"{strike.fault} could not strike: {error}")
            return
        self._stage.struck.append(strike.fault)
        self._stage.note(f"{strike.fault} STRIKES")
        self.last = time.time()
        due = inf if fault.until_the_end else self.last + strike.lasts_seconds
        self._wounds.append(_Wound(due, strike, armed))

    def _heal_until(self, moment: float) -> None:
        """What becomes due until then; a migration that is over is waited for no longer."""
        for wound in sorted(self._wounds, key=lambda each: each.due):
            if wound.due > moment or wound.due == inf:
                break
            self._sleep(wound.due)
            self._heal(wound)
        if moment < inf:
            self._sleep(moment)

    def _heal(self, wound: _Wound) -> None:
        self._wounds.remove(wound)
        try:
            wound.armed.heal()
        except LabError as error:
            self._stage.note(f"{wound.strike.fault} could not be healed: {error}")
            if wound.due < inf:  # it may need a host that is off until the end
                self._wounds.append(replace(wound, due=inf))
        if wound.strike.lasts_seconds or wound.due == inf:
            self._stage.note(f"{wound.strike.fault} is over")
        self.last = time.time()

    def _sleep(self, until: float) -> None:
        while (left := until - time.time()) > 0 and not self._stage.story.closed:
            time.sleep(min(left, _TICK_SECONDS))

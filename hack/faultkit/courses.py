"""What makes a migration come by a seam: its user's wishes and changes of mind, and how it may end."""

from dataclasses import dataclass

from faultkit.sights import BEGINS, COPYING, INTENDED, TOLD_TO_START, Part, Sight
from godwit.domain.disks import SourceImages, Storage
from godwit.domain.limits import OnTimeout, Tuning
from godwit.domain.task import Goal

_NO_TUNING, _DOWNTIME = Tuning(), Tuning(max_downtime="350ms")
_NO_STORAGE = Storage()
_SUCCEEDED = frozenset({"Succeeded"})
_CANCELLED = frozenset({"Cancelled"})


@dataclass(frozen=True, slots=True)
class Course:
    """What makes a migration come by the seam, and how it may end then."""

    name: str
    ends: frozenset[str] = _SUCCEEDED
    tuning: Tuning = _NO_TUNING
    change: str = ""
    """How its user changes their mind: the fault of that name in `faultkit.acts`."""
    change_at: Sight | None = None
    slow: bool = False
    """The link is narrow, so that the job is not over before."""
    storage: Storage = _NO_STORAGE
    chosen: bool = False
    """Its user does not name the destination."""


MOVES = Course("moves")
CHOSEN = Course("chosen", chosen=True)
STARTS = Course("starts", _SUCCEEDED | {"Failed"})
"""A killed agent may have called libvirt or not: then its job is adopted, or none is ever begun."""
TUNED = Course("tuned", tuning=_DOWNTIME)
TUNED_AND_STARTS = Course("tuned-and-starts", STARTS.ends, _DOWNTIME)
"""What is in force is written with the intent to start."""
STANDS_STILL = Course(
    "stands-still", tuning=Tuning(timeout="2s", on_timeout=OnTimeout.SUSPEND), slow=True
)  # fmt: skip
CANCELLED_EARLY = Course(
    "cancelled-early",
    _CANCELLED,
    change="cancelled",
    change_at=Sight(Part.SOURCE, "spec.goal", Goal.PREPARED),
    slow=True,
)
CANCELLED = Course("cancelled", _CANCELLED, _DOWNTIME, "cancelled", BEGINS, slow=True)
"""The guest gets its former maximal downtime back."""
CANCELLED_AT_THE_START = Course(
    "cancelled-at-the-start",
    _CANCELLED,
    _DOWNTIME,
    "cancelled",
    TOLD_TO_START,
    slow=True,
)
"""While the source's agent may be putting limits in force of which nothing is written yet."""
DELETED = Course("deleted", _CANCELLED, change="deleted", change_at=BEGINS, slow=True)

COPIES = Course("copies", slow=True)
DELETES = Course("deletes", storage=Storage(source_images=SourceImages.DELETE))
"""The source's images go after the commit."""
CANCELLED_COPYING = Course("cancelled-copying", _CANCELLED, change="cancelled", change_at=COPYING, slow=True)
"""The destination's images are half full."""
CANCELLED_CREATING = Course("cancelled-creating", _CANCELLED, change="cancelled", change_at=INTENDED)

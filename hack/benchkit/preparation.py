"""How long it takes to classify and prove a guest's disks, and to make three images for it."""

from collections.abc import Sequence

from benchkit.figures import Figure, Section, beside, spread
from benchkit.guests import living, with_local_disks
from benchkit.move import Move
from benchkit.mover import Mover
from labkit.lab import Lab
from labkit.shell import say

P50_SECONDS = 1.5
_DELETE = {"sourceImages": "Delete"}
"""So that each way finds nothing where it makes its images."""


def measure(lab: Lab, mover: Mover, migrations: int) -> Section:
    """An idle guest goes there and back."""
    moves: list[Move] = []
    with living(lab, with_local_disks(lab)) as guest:
        mover.quiet()
        for number in range(migrations):
            move = mover.move(guest, storage=_DELETE)
            moves.append(move)
            say(f"preparation {number + 1}/{migrations}: {move.preparation_seconds:.2f} s")
    return judge(moves)


def judge(moves: Sequence[Move]) -> Section:
    """From the first task that is created to the goal that begins the job."""
    seen = spread([move.preparation_seconds for move in moves])
    return Section(
        "Preparation of a guest with three disks that are copied",
        [
            Figure("inspected, proven and three images made, p50", seen.p50, P50_SECONDS, "s", seen),
            beside("  apply to job active", [move.before_seconds for move in moves], "s"),
            beside("  libvirt's copy and start", [move.copy_seconds for move in moves], "s"),
            beside("  apply to Succeeded", [move.total_seconds for move in moves], "s"),
        ],
    )

"""What Godwit adds to libvirt's work: from apply to the job, and from the running guest to `Succeeded`."""

from collections.abc import Sequence

from benchkit.figures import Figure, Section, beside, percentiles
from benchkit.guests import living, with_shared_disk, without_disk
from benchkit.move import Move
from benchkit.mover import Mover
from labkit.lab import Lab
from labkit.shell import say

P50_SECONDS, P99_SECONDS = 1.0, 3.0


def measure(lab: Lab, mover: Mover, migrations: int) -> Section:
    """An idle guest of each kind goes there and back, in turns."""
    moves: list[Move] = []
    with living(lab, with_shared_disk(lab)) as fast, living(lab, without_disk(lab)) as strict:
        mover.quiet()
        for number in range(migrations):
            move = mover.move(strict if number % 2 else fast)
            moves.append(move)
            say(
                f"overhead {number + 1}/{migrations}: {move.switchover} {move.overhead_seconds:.2f} s "
                f"({move.before_seconds:.2f} + {move.after_seconds:.2f}) of {move.total_seconds:.2f} s"
            )
    return judge(moves)


def judge(moves: Sequence[Move]) -> Section:
    """The promise, and its two parts by kind of switchover."""
    whole = [move.overhead_seconds + move.start_seconds for move in moves]
    overheads = [move.overhead_seconds for move in moves]
    return Section(
        "Overhead over libvirt: apply to job active, and destination running to Succeeded",
        [
            *percentiles("apply to job, and running to Succeeded", overheads, P50_SECONDS, P99_SECONDS, "s"),
            beside("  with libvirt's own start, up to the first memory sent", whole, "s"),
            *_parts(moves),
        ],
    )


def _parts(moves: Sequence[Move]) -> list[Figure]:
    figures = []
    for kind in sorted({move.switchover for move in moves}):
        alike = [move for move in moves if move.switchover == kind]
        figures += [
            beside(f"  {kind}: apply to job active", [move.before_seconds for move in alike], "s"),
            beside(
                f"  {kind}: libvirt's own start, not counted", [move.start_seconds for move in alike], "s"
            ),
            beside(f"  {kind}: running to Succeeded", [move.after_seconds for move in alike], "s"),
            beside(f"  {kind}: apply to Succeeded", [move.total_seconds for move in alike], "s"),
        ]
    return figures

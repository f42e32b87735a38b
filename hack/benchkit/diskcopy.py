"""Disks that are copied, over a narrow link: beside what the link can carry, and beside `virsh migrate`."""

from collections.abc import Sequence
from functools import partial

from benchkit import byhand, pairs
from benchkit.figures import Figure, Section, beside, spread
from benchkit.guests import COPIED_BYTES, living, with_large_local_disk
from benchkit.move import Move
from benchkit.mover import Mover
from benchkit.pairs import Pair
from benchkit.ratio import shaped
from labkit.guest.spec import Guest
from labkit.lab import Lab

RATE, RATE_BYTES_PER_SECOND = "200mbit", 200_000_000 / 8
LINK_RATIO, VIRSH_RATIO = 1.10, 1.05


def measure(lab: Lab, mover: Mover, count: int) -> Section:
    """The guest goes there by one and comes back by the other; images are made by hand for virsh only."""
    first = len(mover.moves)
    with living(lab, with_large_local_disk(lab)) as guest, shaped(lab, RATE):
        mover.quiet()
        ready = partial(_make_ready, lab, guest)
        seen = pairs.measure(lab, mover, guest, count, partial(byhand.migrate_and_copy, lab, guest), ready)
    return judge(seen, mover.moves[first:])


def _make_ready(lab: Lab, guest: Guest, destination: str, by_hand: bool) -> None:
    """What the way before has left there goes; `virsh` finds images as the guide has them made."""
    byhand.remove_images(lab, guest, destination)
    if by_hand:
        byhand.make_images(lab, guest, destination)


def judge(seen: Sequence[Pair], moves: Sequence[Move]) -> Section:
    """What is promised of both."""
    least = COPIED_BYTES / RATE_BYTES_PER_SECOND
    copies = spread([move.copy_seconds / least for move in moves])
    return Section(
        f"512 MiB of a disk of 2 GiB copied over {RATE}, beside `virsh migrate --copy-storage-all`",
        [
            Figure("time of the copy, beside allocated bytes / rate", copies.p50, LINK_RATIO, "", copies),
            pairs.ratio("total time, Godwit / virsh", seen, lambda run: run.took_seconds, VIRSH_RATIO),
            beside("  allocated bytes / rate", [least], "s"),
            *pairs.explained(seen),
        ],
    )

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
LEAST_SECONDS = COPIED_BYTES / RATE_BYTES_PER_SECOND
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
    """The disk counts from apply on, so with its preparation; virsh is held against the whole migration.

    The guest's memory goes over the same link after its disk, and is no part of what was allocated.
    """
    disks = [move.copied_seconds / LEAST_SECONDS for move in moves]
    link = spread(disks)
    return Section(
        f"512 MiB of a disk of 2 GiB copied over {RATE}, beside `virsh migrate --copy-storage-all`, "
        f"{len(seen)} pairs",
        [
            Figure("apply to disk copied / (512 MiB / rate)", link.p50, LINK_RATIO, "", link),
            pairs.ratio(
                "apply to Succeeded, Godwit / virsh", seen, lambda run: run.took_seconds, VIRSH_RATIO
            ),
            beside("  512 MiB / rate", [LEAST_SECONDS], "s"),
            *_beside_the_link(seen, moves),
            beside("  Godwit: apply to job active", [move.before_seconds for move in moves], "s"),
            beside("  Godwit: job active to disk copied", [move.copy_seconds for move in moves], "s"),
            beside("  Godwit: memory, until the guest goes on", [move.memory_seconds for move in moves], "s"),
            beside("  Godwit: running to Succeeded", [move.after_seconds for move in moves], "s"),
            *pairs.explained(seen),
        ],
        ["  The rate counts headers, too: the best that a link carries of it is 95 to 96 %."],
    )


def _beside_the_link(seen: Sequence[Pair], moves: Sequence[Move]) -> list[Figure]:
    """The same by other beginnings and ends, and by hand: how much of it Godwit has no part in."""
    job = [move.copy_seconds / LEAST_SECONDS for move in moves]
    whole = [move.total_seconds / LEAST_SECONDS for move in moves]
    virsh = [pair.virsh.took_seconds / LEAST_SECONDS for pair in seen]
    return [
        beside("  job active to disk copied / (512 MiB / rate)", job, ""),
        beside("  with memory: apply to Succeeded / (512 MiB / rate)", whole, ""),
        beside("  with memory: virsh / (512 MiB / rate)", virsh, ""),
    ]

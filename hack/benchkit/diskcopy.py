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
    """libvirt's job is held against the link and against `virsh`, whose images are made beforehand, too.

    What comes before and after it has figures of its own: the preparation, and the operator's overhead. The
    guest's memory goes over the same link after its disk, and is no part of what was allocated.
    """
    disks = [move.copy_seconds / LEAST_SECONDS for move in moves]
    link = spread(disks)
    jobs = spread(
        [
            (move.copy_seconds + move.memory_seconds) / pair.virsh.took_seconds
            for pair, move in zip(seen, moves, strict=True)
        ]
    )
    return Section(
        f"512 MiB of a disk of 2 GiB copied over {RATE}, beside `virsh migrate --copy-storage-all`, "
        f"{len(seen)} pairs",
        [
            Figure("job active to disk copied / (512 MiB / rate)", link.p50, LINK_RATIO, "", link),
            Figure("job active to guest running, Godwit / virsh", jobs.p50, VIRSH_RATIO, "", jobs),
            beside("  512 MiB / rate", [LEAST_SECONDS], "s"),
            *_from_apply_on(seen, moves),
            beside("  Godwit: apply to job active", [move.before_seconds for move in moves], "s"),
            beside("  Godwit: job active to disk copied", [move.copy_seconds for move in moves], "s"),
            beside("  Godwit: memory, until the guest goes on", [move.memory_seconds for move in moves], "s"),
            beside("  Godwit: running to Succeeded", [move.after_seconds for move in moves], "s"),
            *pairs.explained(seen),
        ],
        ["  The rate counts headers, too: the best that a link carries of it is 95 to 96 %."],
    )


def _from_apply_on(seen: Sequence[Pair], moves: Sequence[Move]) -> list[Figure]:
    """The same with all that Godwit adds, and by hand."""
    copied = [move.copied_seconds / LEAST_SECONDS for move in moves]
    whole = [pair.godwit.took_seconds / pair.virsh.took_seconds for pair in seen]
    virsh = [pair.virsh.took_seconds / LEAST_SECONDS for pair in seen]
    return [
        beside("  apply to disk copied / (512 MiB / rate)", copied, ""),
        beside("  apply to Succeeded, Godwit / virsh", whole, ""),
        beside("  with memory: virsh / (512 MiB / rate)", virsh, ""),
    ]

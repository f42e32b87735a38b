"""How `tuning.bandwidth` is divided: it is what the migration takes, memory and all mirrors together.

libvirt's own parameter counts for the memory and for each mirror again, and 0 means no limit, so no share may
ever be 0. Pure and without memory: asked again with the same figures it gives the same shares.
"""

from godwit.domain.image import Mirror
from godwit.domain.limits import MEBIBYTE
from godwit.domain.value import Value


class MirrorShare(Value):
    """What one mirror may take."""

    target: str
    bytes_per_second: int
    """0: no limit."""


class Shares(Value):
    """Together at most the bandwidth (but for 1 MiB/s, which the memory alone needs: then 1/16 more)."""

    memory_mebibytes_per_second: int | None
    """None: no limit."""
    mirrors: tuple[MirrorShare, ...] = ()


def at_first(mebibytes_per_second: int | None, disks: int) -> int | None:
    """What the request tells libvirt, for each mirror and for the memory; None: no limit."""
    if mebibytes_per_second is None:
        return None
    return max(1, mebibytes_per_second // max(1, disks))


def shares(
    mebibytes_per_second: int | None,
    mirrors: tuple[Mirror, ...],
    *,
    memory_flows: bool,
    writes_bytes_per_second: int | None = None,
) -> Shares:
    """For the mirrors that there are now; `memory_flows` as soon as libvirt counts the memory.

    While disks are copied all of it is theirs, and the memory has already the limit that it will begin with.
    """
    if mebibytes_per_second is None:
        return Shares(None, tuple(MirrorShare(mirror.target, 0) for mirror in mirrors))
    whole = max(1, mebibytes_per_second) * MEBIBYTE
    if not mirrors:
        return Shares(whole // MEBIBYTE)
    memory, left = _beside_memory(whole, writes_bytes_per_second or 0)
    if memory_flows:
        return Shares(memory, _divided(mirrors, left))
    unfinished = tuple(mirror for mirror in mirrors if not mirror.ready)
    ready = tuple(mirror for mirror in mirrors if mirror.ready)
    if not unfinished or not ready:
        return Shares(memory, _divided(mirrors, whole))
    behind = whole // 16
    by_target = {
        share.target: share for share in (*_divided(unfinished, whole - behind), *_divided(ready, behind))
    }
    return Shares(memory, tuple(by_target[mirror.target] for mirror in mirrors))


def to_put_right(wanted: Shares, mirrors: tuple[Mirror, ...]) -> tuple[MirrorShare, ...]:
    """Those shares that the mirrors don't show yet."""
    shown = {mirror.target: mirror.bandwidth_bytes_per_second for mirror in mirrors}
    return tuple(
        share for share in wanted.mirrors if shown.get(share.target) not in (None, share.bytes_per_second)
    )


def _beside_memory(whole: int, writes_bytes_per_second: int) -> tuple[int, int]:
    """The memory's share in whole MiB/s, and what is left for mirrors, which follow the guest's writes."""
    wanted = min(max(whole // 8, 2 * writes_bytes_per_second), whole // 2)
    memory = max(1, (whole - wanted) // MEBIBYTE)
    return memory, max(whole - memory * MEBIBYTE, whole // 16)


def _divided(mirrors: tuple[Mirror, ...], together: int) -> tuple[MirrorShare, ...]:
    each = max(1, together // len(mirrors))
    return tuple(MirrorShare(mirror.target, each) for mirror in mirrors)

"""Whether a copy that runs can follow what the guest writes, by what was seen of its mirror.

What a mirror has to send altogether grows by what the guest writes over again. Half of what it sends is the
same bound as before the job (`choose_writes`): from there on each byte that is gained costs two or more.
Pure: looks bear their time, and who has forgotten them waits for new ones and decides the same.
"""

from itertools import dropwhile

from godwit.domain.image import Mirror
from godwit.domain.storage.writes import rate_text
from godwit.domain.value import Value

SPAN_SECONDS = 10.0
MOST_SPAN_SECONDS = 120.0
STEP_BYTES = 16 << 20
"""A mirror with a limit sends so much at once, and then nothing until the limit allows the next."""
STEPS = 4
"""So many are in a span: one more or less of them doesn't decide."""
BACKLOG_SECONDS = 1.0


class Look(Value):
    """The mirrors of one job at one moment."""

    at_seconds: float
    """Monotonic."""
    mirrors: tuple[Mirror, ...]


class _Seen(Value):
    """One mirror, once it has counted what it has to send and has begun."""

    at_seconds: float
    copied_bytes: int
    total_bytes: int
    limit_bytes_per_second: int

    @property
    def behind_bytes(self) -> int:
        return self.total_bytes - self.copied_bytes


def with_look(looks: tuple[Look, ...], look: Look) -> tuple[Look, ...]:
    """The looks with one more, as far back as any span reaches."""
    begins = look.at_seconds - MOST_SPAN_SECONDS
    return (*dropwhile(lambda each: each.at_seconds < begins, looks), look)


def cannot_follow(looks: tuple[Look, ...], target: str, *, was_complete: bool) -> str:
    """Why it will not, in words; empty as long as it may.

    `was_complete`: libvirt goes on without it. It is behind for moments whenever the guest writes, and counts
    only if it was never less than a second behind: the guest stands still for that long in the switchover.
    """
    seen = [
        _Seen(look.at_seconds, mirror.copied_bytes, mirror.total_bytes, mirror.bandwidth_bytes_per_second)
        for look in looks
        for mirror in look.mirrors
        if mirror.target == target and mirror.total_bytes is not None and mirror.copied_bytes > 0
    ]
    if len(seen) < 2 or seen[-1].copied_bytes == seen[-2].copied_bytes:
        return ""  # a link that stands still is no guest that writes
    now = seen[-1]
    before = [each for each in seen if each.at_seconds <= now.at_seconds - _span_seconds(now)]
    if not before:
        return ""
    then = before[-1]
    least_behind = min(each.behind_bytes for each in seen if each.at_seconds >= then.at_seconds)
    sent, written = now.copied_bytes - then.copied_bytes, now.total_bytes - then.total_bytes
    seconds = now.at_seconds - then.at_seconds
    if least_behind <= 0 or written <= 0 or 2 * written < sent:
        return ""
    if was_complete and least_behind < BACKLOG_SECONDS * sent / seconds:
        return ""
    return (
        f"over {seconds:.0f} s of the copy the guest wrote {rate_text(written / seconds)}, no less than half "
        f"of what was sent ({rate_text(sent / seconds)})"
    )


def _span_seconds(seen: _Seen) -> float:
    limit = seen.limit_bytes_per_second
    steps_seconds = STEPS * STEP_BYTES / limit if limit else 0.0
    return min(max(SPAN_SECONDS, steps_seconds), MOST_SPAN_SECONDS)

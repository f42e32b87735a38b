"""Whether the guest's writes have to wait for the copy: a mirror that can't follow is never ready."""

from godwit.domain.limits import MEBIBYTE
from godwit.domain.value import Value

UNLIMITED_BYTES_PER_SECOND = 8 * MEBIBYTE
"""Without a bandwidth that is asked for nobody knows the link: from so much on nothing is risked."""


class Writes(Value):
    """The choice, and the measurement that it was made from."""

    synchronous: bool
    why: str


def choose_writes(
    writes_bytes_per_second: int | None, mebibytes_per_second: int | None, *, copied: bool
) -> Writes:
    """From what the guest wrote at the inspection and the bandwidth that was asked for (None: no limit)."""
    if not copied:
        return Writes(False, "no disk is copied")
    if writes_bytes_per_second is None:
        return Writes(False, "what the guest writes could not be measured")
    measured = f"the guest writes {rate_text(writes_bytes_per_second)}"
    if mebibytes_per_second is None:
        limit, of_what = UNLIMITED_BYTES_PER_SECOND, rate_text(UNLIMITED_BYTES_PER_SECOND)
    else:
        limit = mebibytes_per_second * MEBIBYTE // 2
        of_what = f"half of the bandwidth ({mebibytes_per_second} MiB/s)"
    if writes_bytes_per_second >= limit:
        return Writes(
            True, f"{measured}, no less than {of_what}: its writes wait for the copy, so that it gets ready"
        )
    return Writes(False, f"{measured}, less than {of_what}: the copy can follow")


def rate_text(bytes_per_second: float) -> str:
    """As people are told."""
    return f"{bytes_per_second / MEBIBYTE:.1f} MiB/s"

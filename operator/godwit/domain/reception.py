"""What a destination says of taking a guest, from the guest's own definition; nothing is defined for it."""

from godwit.domain.guest_cpu import CPUVerdict
from godwit.domain.value import Value

MOST_DEFINITION = 256 << 10
"""Characters. A longer one is not sent through the API server, and what needs it is not known."""

MOST_TEXT = 2048
"""Characters of what a libvirt says."""


class Reception(Value):
    """Each field is what one question gave; None or empty where it could not be asked."""

    refusal: str | None = None
    """libvirt's text, where the QEMU there can't be started with such a definition; empty: it can."""
    cpu: CPUVerdict | None = None
    """Whether a CPU like the guest's can be had there."""

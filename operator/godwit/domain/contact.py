"""Contact between two hosts before a migration: the source calls, and the destination tells what arrived.

The source's agent makes up a token when it inspects. The destination's agent opens one migration port for a
moment, and listens for a frame on each network of the guest's; the source's calls there with the token until
it is taken. Nothing of it is kept by either: an agent that was killed begins again when it sees the task.
"""

import hashlib
from enum import StrEnum

from godwit.domain.value import Value

MIGRATION_PORT = 49215
"""The last of those that QEMU listens on for a guest that comes in, unless qemu.conf says otherwise.

libvirt gives the lowest that is free, so a QEMU waits at this one only where 63 others do.
"""
OPEN_SECONDS = 5.0
"""How long the destination listens at most."""
CALL_SECONDS = 60.0
"""How long the source calls at most, for one look: a destination whose libvirt is slow listens late."""
FRAMES_SECONDS = 1.0
"""A frame has so long once the token is there: both are sent from the same moment on, again and again."""
MOST_SPANS = 16
"""Pairs of networks that a frame is tried on."""


class Arrival(StrEnum):
    """What became of something that the source sends."""

    ARRIVED = "Arrived"
    MISSED = "Missed"
    NOT_TRIED = "NotTried"
    """Nobody could listen for it."""


class Offer(Value):
    """By the source's agent: that it is able to call, and with what."""

    token: str
    no_frames: str = ""
    """Why it can't send any; empty: it can."""


class Span(Value):
    """One link of each host: a guest's frames leave by the one, and are to leave by the other."""

    here: str
    """At the source."""
    there: str


class ContactOrder(Value):
    """What the destination has to listen for, and the source to send."""

    token: str
    """For this one task."""
    address: str
    """The destination's."""
    spans: tuple[Span, ...] = ()


class Frame(Value):
    """What became of the frames between two links."""

    here: str
    there: str
    arrival: Arrival
    message: str = ""
    """Why nobody listened."""


class Contact(Value):
    """What has arrived at the destination, by its agent's word."""

    port: int
    arrival: Arrival
    """Of the token, at that port."""
    message: str = ""
    """Why the port could not be opened."""
    frames: tuple[Frame, ...] = ()
    look: int = 0
    """0: that of the inspection. A further one answers `TaskSpec.looks`."""

    def frame(self, here: str, there: str) -> Frame | None:
        """Between these links; None where none was asked for."""
        return next((each for each in self.frames if (each.here, each.there) == (here, there)), None)


def token_for(offer: Offer, task: str) -> str:
    """The one that is good for that destination's task, and for no other of the same source."""
    return _digest(offer.token, task)


def frame_token(order: ContactOrder, span: Span) -> str:
    """What a frame bears there. A whole segment can read it, and learns nothing of the port's token by it."""
    return _digest(order.token, span.here, span.there)


def _digest(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]

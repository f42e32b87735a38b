"""What Godwit does to the guest on either host; each act fails at once when it would hurt the guest.

A person who was asked may have said which copy counts: then the other one may be ended, whatever it does.
"""

from datetime import datetime

from godwit.domain.guest import DomainState, StateReason
from godwit.domain.migration import Resolution
from godwit.domain.task import Role, StopDetail

from .libvirt import Domain, Libvirt


class Acts:
    """Of both agents."""

    def __init__(self, libvirt: Libvirt) -> None:
        self.libvirt = libvirt
        self.word: Resolution | None = None
        """Of a person who was asked."""
        self.by_somebody = False
        """Somebody started a copy by hand: nobody can keep the other one from going on."""
        self.is_brought_back = False
        """Somebody started the guest at its source after it had left."""
        self.seen_back_at: datetime | None = None
        """The source's agent has looked since, and written it down."""

    def resume(self, role: Role, looked_at: datetime) -> None:
        """Decided from a look of that time."""
        here, other = self._pair(role)
        if here.state is not DomainState.PAUSED:
            return
        older = role is Role.DESTINATION and self._was_known_to_be_back(looked_at) and not self.word
        assert not older, "the destination went on although the guest had run on at its source"
        assert not other.whole or self.word or self.by_somebody, (
            f"the {role.lower()} was resumed while the other had the guest"
        )
        here.become(DomainState.RUNNING, StateReason.UNPAUSED)

    def suspend(self, role: Role) -> None:
        here, other = self._pair(role)
        assert other.runs or not here.runs, "the only copy that runs was suspended"
        if here.runs:
            here.become(DomainState.PAUSED, StateReason.USER)

    def start(self) -> None:
        """At the source, from its definition."""
        here, other = self._pair(Role.SOURCE)
        assert not other.whole or self.word, "the guest was started anew while the destination had it"
        if here.state is DomainState.SHUTOFF:
            here.start()

    def destroy(self, run_mark: str | None) -> None:
        """At the source; with a mark only the QEMU that bears it."""
        here, other = self._pair(Role.SOURCE)
        if not here.active or (run_mark is not None and here.live.run != run_mark):
            return
        if self.word is not Resolution.KEEP_DESTINATION:
            assert run_mark is not None, "whatever runs at the source was destroyed"
            assert not here.runs, "a guest that runs was destroyed"
            assert other.whole, "the last copy of the guest was destroyed"
        here.become(DomainState.SHUTOFF, StateReason.DESTROYED, stop=StopDetail.DESTROYED)

    def remove(self, mark: str) -> None:
        """At the destination."""
        there, other = self._pair(Role.DESTINATION)
        if there.view().marks.attempt != mark:
            return
        if there.whole and self.word is not Resolution.KEEP_SOURCE:
            assert not there.runs, "a guest that runs was destroyed"
            kept = other.active or self.libvirt.overtaken
            assert kept, "the last copy of the guest was destroyed"
        there.persistent = False
        there.become(DomainState.SHUTOFF, StateReason.DESTROYED, stop=StopDetail.DESTROYED)

    def undefine(self, looked_at: datetime, *, committed: bool) -> None:
        """At the source."""
        here = self.libvirt.source
        assert committed, "the source's definition went before the commit was written"
        assert not here.active, "an active guest was undefined"
        kept = self.word is Resolution.KEEP_DESTINATION
        assert not self._was_known_to_be_back(looked_at) or kept, (
            "a guest that somebody brought back was undefined"
        )
        here.persistent = False
        here.become(DomainState.ABSENT, StateReason.OTHER)

    def _was_known_to_be_back(self, looked_at: datetime) -> bool:
        """Somebody may be quicker than an act that was decided before."""
        return self.seen_back_at is not None and looked_at > self.seen_back_at

    def _pair(self, role: Role) -> tuple[Domain, Domain]:
        """The host's guest, and the other's."""
        source, destination = self.libvirt.source, self.libvirt.destination
        return (source, destination) if role is Role.SOURCE else (destination, source)

"""What happens to guests and hosts without Godwit: power, libvirtd's restarts, and the guest's own user."""

import random

from godwit.domain.guest import DomainState, StateReason
from godwit.domain.task import Role, StopDetail

from .libvirt import Domain, Libvirt, Stage


class Fate:
    """Of both hosts."""

    def __init__(self, libvirt: Libvirt, chance: random.Random) -> None:
        self.libvirt, self.chance = libvirt, chance
        self.guest_ended = False
        """No copy could go on any more, at least once; or its user ended the guest."""
        self.started_by_user = False
        self.brought_back = False
        """After it had left."""

    def power_off(self, role: Role) -> None:
        """Nobody on this host hears of it."""
        self._lose_connection(role)
        here = self._domain(role)
        self.libvirt.away.discard(role)
        if role is Role.DESTINATION:
            self.libvirt.refuses = True
        if here.active:
            here.become(DomainState.SHUTOFF, StateReason.UNKNOWN)
        self._forget(here)
        self._note()

    def boot(self, role: Role) -> None:
        here = self._domain(role)
        if role is Role.DESTINATION:
            self.libvirt.refuses = False
        if here.state is DomainState.SHUTOFF and here.autostart:
            here.start()

    def restart_libvirtd(self, role: Role) -> None:
        """QEMUs live on; the job does not."""
        if role in self.libvirt.away:
            return
        self._lose_connection(role)
        self._forget(self._domain(role))

    def end_guest(self) -> None:
        """From inside: whichever copy runs."""
        libvirt = self.libvirt
        running = [domain for domain in (libvirt.source, libvirt.destination) if domain.runs]
        if not running:
            return
        if running[0] is libvirt.source and libvirt.stage is not Stage.NONE:
            libvirt.drop_incoming()
            libvirt.go_on_at_source()
        running[0].become(DomainState.SHUTOFF, StateReason.SHUTDOWN, stop=StopDetail.SHUTDOWN)
        self.guest_ended = True

    def start_at_source(self, *, locked: bool) -> None:
        """`virsh start` by somebody who knows nothing of the migration; the image's lock may forbid it."""
        libvirt = self.libvirt
        if libvirt.source.state is not DomainState.SHUTOFF or (locked and libvirt.destination.active):
            return
        self.started_by_user = True
        self.brought_back = self.brought_back or libvirt.destination.whole or libvirt.destination.has_run
        libvirt.source.start()

    def _lose_connection(self, role: Role) -> None:
        """Before the copy is whole the source goes on; afterwards it may not know, and stay as it is."""
        libvirt = self.libvirt
        if libvirt.stage in (Stage.SENDING, Stage.HANDING_OVER):
            libvirt.fail()
        elif libvirt.stage is Stage.ARRIVED:
            goes_on = role is Role.DESTINATION and not libvirt.destination.runs and self.chance.random() < 0.5
            if goes_on:
                libvirt.go_on_at_source()
            else:
                libvirt.give_up()

    def _forget(self, domain: Domain) -> None:
        """A libvirtd that starts knows no reasons."""
        if domain.state is DomainState.SHUTOFF:
            domain.become(DomainState.SHUTOFF, StateReason.UNKNOWN)

    def _note(self) -> None:
        arrived = self.libvirt.destination.whole and not self.libvirt.overtaken
        self.guest_ended |= not (self.libvirt.source.whole or arrived)

    def _domain(self, role: Role) -> Domain:
        return self.libvirt.source if role is Role.SOURCE else self.libvirt.destination

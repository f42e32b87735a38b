"""Contact between fake hosts: what is sent to one that can be reached arrives, if somebody listens there."""

import asyncio

from godwit.domain.contact import MIGRATION_PORT, OPEN_SECONDS, Arrival, Contact, ContactOrder, Frame, Offer

from .hypervisor import FakeNetwork

AGAIN_SECONDS = 0.1


class FakeContacts:
    """As the host `name` makes it; of frames it knows nothing but that all arrive with the token."""

    def __init__(self, network: FakeNetwork, name: str) -> None:
        self._network = network
        self._name = name
        self.deaf = False
        """Nothing arrives here."""
        self.called: list[str] = []
        """Addresses."""

    async def offer(self) -> Offer:
        return Offer(f"token-of-{self._name}")

    async def receive(self, order: ContactOrder) -> Contact:
        brought = asyncio.Event()
        if not self.deaf:
            self._network.listening[order.token] = brought
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await brought.wait()
            arrival = Arrival.ARRIVED
        except TimeoutError:
            arrival = Arrival.MISSED
        finally:
            if self._network.listening.get(order.token) is brought:
                del self._network.listening[order.token]
        frames = tuple(Frame(span.here, span.there, arrival) for span in order.spans)
        return Contact(MIGRATION_PORT, arrival, frames=frames)

    async def call(self, order: ContactOrder) -> None:
        self.called.append(order.address)
        while True:
            brought = self._network.listening.get(order.token)
            if brought and self._network.at(f"qemu+tls://{order.address}/system"):
                brought.set()
                return
            await asyncio.sleep(AGAIN_SECONDS)

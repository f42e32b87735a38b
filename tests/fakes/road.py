"""The road between fake hosts: whoever has the address answers, and shows a certificate that is for it."""

from datetime import timedelta

from godwit.domain.road import Answer, Certificate, Outlook, Own, Road, Shown, Trust
from godwit.runtime.clock import SYSTEM, Clock

from .hypervisor import FakeNetwork

DAYS = timedelta(days=100)


class FakeRoads:
    """As seen by the host `name`; `seen` is what a test wants it to see of an address."""

    def __init__(self, network: FakeNetwork, name: str, clock: Clock = SYSTEM) -> None:
        self._network = network
        self._name = name
        self._clock = clock
        self.seen: dict[str, Road] = {}
        self.asked: list[str] = []

    async def look(self, addresses: tuple[str, ...]) -> Outlook:
        self.asked += addresses
        roads = tuple(self.seen.get(address) or self._as_it_is(address) for address in addresses)
        return Outlook(self._clock.now(), Own(self._certificate(self._name)), roads)

    def _as_it_is(self, address: str) -> Road:
        if self._network.at(f"qemu+tls://{address}/system") is None:
            return Road(address, Answer.SILENT, "no answer within 5 s", knock=Answer.SILENT)
        shown = Shown(self._certificate(address), named=True, trust=Trust.TRUSTED)
        return Road(address, Answer.OPEN, shown=shown, knock=Answer.REFUSED)

    def _certificate(self, name: str) -> Certificate:
        now = self._clock.now()
        return Certificate(name, "authority", (name,), now - DAYS, now + DAYS)

"""The agent's sign of life: its Lease, every 10 s. An agent whose Lease is 40 s old counts as unreachable."""

import asyncio
import logging

from godwit.cluster.ports import ClusterError, Heartbeats
from godwit.runtime.clock import SYSTEM, Clock

EVERY_SECONDS = 10.0
TRY_AGAIN_SECONDS = 1.0
RECENT_SECONDS = 30.0

logger = logging.getLogger(__name__)


class Heart:
    """Renews the Lease of one node."""

    def __init__(self, heartbeats: Heartbeats, node_name: str, clock: Clock = SYSTEM) -> None:
        self._heartbeats = heartbeats
        self._node_name = node_name
        self._clock = clock
        self._last: float | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._heartbeats.renew(self._node_name, self._clock.now())
            except ClusterError as error:
                logger.info("the sign of life can't be given now", extra={"problem": str(error)})
                await asyncio.sleep(TRY_AGAIN_SECONDS)
            else:
                self._last = self._clock.monotonic()
                await asyncio.sleep(EVERY_SECONDS)

    def beats(self) -> bool:
        """The API server has taken the last one: it answers."""
        return self._last is not None and self._clock.monotonic() - self._last < RECENT_SECONDS

"""Looks at what this host's QEMU shows of itself: a file of the host, never the key beside it.

Nobody can ask for it by a handshake: QEMU shows it only when a guest comes in. Nothing is kept, so a look is
as good after a crash as before.
"""

from pathlib import Path
from typing import Protocol

from godwit.agent.apart import LOOK_SECONDS
from godwit.agent.road import OwnFile
from godwit.domain.qemu_certificate import QEMUCertificate
from godwit.domain.task import Role
from godwit.runtime.clock import SYSTEM, Clock


class QEMUCertificates(Protocol):
    """Those of this host. It never raises: that none can be read is an answer."""

    async def look(self, role: Role) -> QEMUCertificate:
        """At the one that this end of a migration shows."""


class QEMUCertificateFiles:
    """`QEMUCertificates`; None where the agent is given no such file."""

    def __init__(
        self,
        server: Path | None,
        client: Path | None,
        clock: Clock = SYSTEM,
        *,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._files = {
            Role.DESTINATION: OwnFile(server, look_seconds),
            Role.SOURCE: OwnFile(client, look_seconds),
        }
        self._clock = clock

    async def look(self, role: Role) -> QEMUCertificate:
        """See `QEMUCertificates`."""
        at = self._clock.now()
        return QEMUCertificate(at, await self._files[role].look())

"""The Leases `vm-<uuid>`: whoever creates one may move that VM, until it deletes it.

Creation is atomic, so of two operators one wins. A process that dies between creating and hearing of it finds
its own claim when it takes it again.
"""

import msgspec

from godwit.api.constants import GROUP, claim_lease, claimed_vm
from godwit.cluster.leases import Lease, render_lease
from godwit.cluster.paths import LEASES
from godwit.cluster.ports import Claim, Conflict, NotFound
from godwit.cluster.rest import Rest

ANNOTATION = f"{GROUP}/migration"


class ClaimLeases:
    """The port `Claims` over the API server."""

    def __init__(self, rest: Rest, namespace: str) -> None:
        self._rest = rest
        self._namespace = namespace
        self._place = LEASES.within(namespace)

    async def read(self, vm_uuid: str) -> Claim | None:
        """See `Claims`."""
        body = await self._rest.find(self._place, claim_lease(vm_uuid))
        return None if body is None else _claim(vm_uuid, body)

    async def all(self) -> tuple[Claim, ...]:
        """See `Claims`."""
        bodies = await self._rest.list(self._place)
        leases = [(msgspec.convert(body, Lease), body) for body in bodies]
        return tuple(
            _claim(uuid, body) for lease, body in leases if (uuid := claimed_vm(lease.metadata.name))
        )

    async def take(self, claim: Claim) -> Claim:
        """See `Claims`; `Conflict` when the one that was in the way is gone by the time that it is read."""
        lease = render_lease(
            self._namespace,
            claim_lease(claim.vm_uuid),
            {"holderIdentity": claim.migration_uid},
            {ANNOTATION: claim.migration},
        )
        try:
            return _claim(claim.vm_uuid, await self._rest.create(self._place, lease))
        except Conflict:
            there = await self.read(claim.vm_uuid)
            if there is None:
                raise
            return there

    async def release(self, claim: Claim) -> None:
        """See `Claims`; `Conflict` when it is the same one, changed since it was read."""
        if not claim.uid:
            raise ValueError("only a claim that was read or taken can be released: this one has no UID")
        try:
            await self._rest.delete(
                self._place, claim_lease(claim.vm_uuid), claim.uid, claim.resource_version
            )
        except NotFound:
            return
        except Conflict:
            there = await self.read(claim.vm_uuid)
            if there is not None and there.uid == claim.uid:
                raise


def _claim(vm_uuid: str, body: dict[str, object]) -> Claim:
    lease = msgspec.convert(body, Lease)
    return Claim(
        vm_uuid=vm_uuid,
        migration_uid=lease.spec.holder_identity,
        migration=lease.metadata.annotations.get(ANNOTATION, ""),
        uid=lease.metadata.uid,
        resource_version=lease.metadata.resource_version,
    )

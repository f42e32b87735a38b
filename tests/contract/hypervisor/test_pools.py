"""What storage work does to the host's pools: nothing. Only a real libvirt can show it."""

import hashlib

import libvirt
import pytest

from godwit.domain.task import Probe

from .lab_world import LabWorld

TOKEN = "hvtest-0123456789"  # noqa: S105 - proves nothing but that bytes are shared
ADMINS_POOL = "hvtest-pool"
pytestmark = pytest.mark.contract


def probe(lab: LabWorld) -> Probe:
    return Probe(directory=lab.local, path=f"{lab.local}/.godwit-hvtest-token")


def definition(name: str, directory: str) -> str:
    return f"<pool type='dir'><name>{name}</name><target><path>{directory}/</path></target></pool>"


async def pools(lab: LabWorld) -> dict[str, bool]:
    """Every pool of the source, and whether it is active."""
    found: dict[str, bool] = {}
    await lab.by_hand(
        0,
        lambda host: found.update(
            (pool.name(), bool(pool.isActive())) for pool in host.listAllStoragePools()
        ),
    )
    return found


async def written_read_and_removed(lab: LabWorld) -> bool:
    written = await lab.source.probes.write(probe(lab), TOKEN)
    found = await lab.source.probes.read(probe(lab))
    await lab.source.probes.remove(probe(lab).path)
    return written.token == found.token == TOKEN


async def test_no_pool_is_left_behind(lab: LabWorld) -> None:
    before = await pools(lab)
    assert await written_read_and_removed(lab)
    await lab.source.probes.write(Probe(directory="/hvtest-nowhere", path="/hvtest-nowhere/.godwit-t"), TOKEN)
    assert await pools(lab) == before


@pytest.mark.parametrize("active", [True, False])
async def test_the_admins_pool_over_the_directory_is_used_and_left_as_it_was(
    lab: LabWorld, active: bool
) -> None:
    def make(host: libvirt.virConnect) -> None:
        pool = host.storagePoolDefineXML(definition(ADMINS_POOL, lab.local))
        if active:
            pool.create()

    def remove(host: libvirt.virConnect) -> None:
        pool = host.storagePoolLookupByName(ADMINS_POOL)
        if pool.isActive():
            pool.destroy()
        pool.undefine()

    before = await pools(lab)
    await lab.by_hand(0, make)
    try:
        assert await written_read_and_removed(lab)
        assert await pools(lab) == before | {ADMINS_POOL: active}
    finally:
        await lab.by_hand(0, remove)


@pytest.mark.parametrize("kind", ["fs", "netfs"])
async def test_a_pool_that_would_mount_something_is_not_started_and_the_answer_names_it(
    lab: LabWorld, kind: str
) -> None:
    """To stop it would unmount what the admin has mounted there."""
    source = "<device path='/dev/hvtest'/>" if kind == "fs" else "<host name='hvtest'/><dir path='/hvtest'/>"
    off = definition(ADMINS_POOL, lab.local).replace("type='dir'", f"type='{kind}'")
    off = off.replace("<target>", f"<source>{source}</source><target>")
    before = await pools(lab)
    await lab.by_hand(0, lambda host: host.storagePoolDefineXML(off))
    try:
        written = await lab.source.probes.write(probe(lab), TOKEN)
        assert written.token == ""
        assert ADMINS_POOL in written.message
        assert f"virsh pool-start {ADMINS_POOL}" in written.message
        assert await pools(lab) == before | {ADMINS_POOL: False}
    finally:
        await lab.by_hand(0, lambda host: host.storagePoolLookupByName(ADMINS_POOL).undefine())


async def test_a_pool_that_a_killed_agent_left_is_taken_away(lab: LabWorld) -> None:
    name = f"godwit-{hashlib.sha256(lab.local.encode()).hexdigest()[:16]}"
    before = await pools(lab)
    await lab.by_hand(0, lambda host: host.storagePoolCreateXML(definition(name, lab.local)))
    assert await written_read_and_removed(lab)
    assert await pools(lab) == before

"""The agent's sign of life."""

import asyncio

from godwit.agent.heartbeat import Heart

from ...fakes.cluster import FakeCluster
from ..controller.virtual_time import virtual_clock, virtual_now


async def test_a_heart_beats_every_10_s_and_says_so() -> None:
    cluster = FakeCluster()
    await cluster.hypervisors.create("host1")
    cluster.server.writes.clear()
    heart = Heart(cluster.heartbeats, "host1", virtual_clock())
    assert not heart.beats()
    work = asyncio.create_task(heart.run())
    await asyncio.sleep(95)
    assert cluster.server.writes == [("Lease", "patch", "done")] * 10
    renewed = cluster.heartbeats.objects["host1"]
    assert renewed is not None
    assert (virtual_now() - renewed).total_seconds() == 5
    assert heart.beats()
    work.cancel()


async def test_a_heart_that_is_not_heard_tries_each_second_and_knows() -> None:
    cluster = FakeCluster()
    await cluster.hypervisors.create("host1")
    heart = Heart(cluster.heartbeats, "host1", virtual_clock())
    work = asyncio.create_task(heart.run())
    await asyncio.sleep(5)
    cluster.server.reachable = False
    await asyncio.sleep(90)
    assert not heart.beats()
    cluster.server.reachable = True
    await asyncio.sleep(3)
    assert heart.beats()
    work.cancel()


async def test_a_heart_waits_for_its_lease() -> None:
    cluster = FakeCluster()
    heart = Heart(cluster.heartbeats, "host1", virtual_clock())
    work = asyncio.create_task(heart.run())
    await asyncio.sleep(30)
    assert not heart.beats()
    await cluster.hypervisors.create("host1")
    await asyncio.sleep(3)
    assert heart.beats()
    work.cancel()

"""When the source's agent calls, and when it leaves off."""

import asyncio
from dataclasses import dataclass, field

from msgspec.structs import replace

from godwit.agent.calls import AGAIN_SECONDS, Calls
from godwit.api.parse import parse_task
from godwit.domain.contact import CALL_SECONDS, OPEN_SECONDS, Arrival, Contact, ContactOrder, Offer, token_for
from godwit.domain.task import Goal, Role, Task, TaskStatus
from godwit.runtime.cache import Cache, Key

from ...fakes.cluster import NAMESPACE
from ..domain.builders import CONTACT, DESTINATION_TASK, OFFER, SOURCE_TASK, destination, source

OWN = source(Goal.INSPECTED, TaskStatus(reached=Goal.INSPECTED, offer=OFFER))
MISSED = TaskStatus(reached=Goal.INSPECTED, contact=replace(CONTACT, arrival=Arrival.MISSED))


def listening(status: TaskStatus | None = None, looks: int = 0, name: str = DESTINATION_TASK) -> Task:
    task = replace(destination(Goal.INSPECTED, status), name=name)
    order = ContactOrder(token_for(OFFER, name), f"address-of-{name}")
    return replace(task, spec=replace(task.spec, contact=order, looks=looks))


@dataclass
class Line:
    """`Contacts` of which only the calls are asked for: who is on the line, from when and until when."""

    begun: list[str] = field(default_factory=list)
    going: set[str] = field(default_factory=set)
    taken: asyncio.Event = field(default_factory=asyncio.Event)

    async def offer(self) -> Offer:
        raise NotImplementedError

    async def receive(self, order: ContactOrder) -> Contact:
        raise NotImplementedError

    async def call(self, order: ContactOrder) -> None:
        self.begun.append(order.address)
        self.going.add(order.address)
        try:
            await self.taken.wait()
        finally:
            self.going.discard(order.address)


class Host:
    """The agent of host1, whose watch sees what `see` tells."""

    def __init__(self) -> None:
        self.line = Line()
        self.cache: Cache[Task] = Cache(parse_task)
        self.calls = Calls("host1", self.cache, self.line)
        self.version = 0

    async def see(self, *tasks: Task) -> None:
        for task in tasks:
            self.version += 1
            key = Key(NAMESPACE, task.name)
            self.cache.learn(key, self.version, task)
            self.calls.see(key, task)
        await asyncio.sleep(0.01)


async def test_a_destination_that_listens_is_called_until_it_has_looked() -> None:
    host = Host()
    await host.see(OWN, listening())
    assert host.line.going == {f"address-of-{DESTINATION_TASK}"}
    await host.see(listening())
    assert len(host.line.begun) == 1, "the same look is no other call"
    await host.see(listening(MISSED))
    assert host.line.going == set()


async def test_a_destination_that_begins_to_listen_late_is_still_called() -> None:
    host = Host()
    await host.see(OWN, listening())
    await asyncio.sleep(CALL_SECONDS - OPEN_SECONDS)
    assert host.line.going


async def test_a_call_that_was_taken_is_made_again_as_long_as_the_task_awaits_it() -> None:
    host = Host()
    host.line.taken.set()
    await host.see(OWN, listening())
    assert len(host.line.begun) == 1
    await asyncio.sleep(AGAIN_SECONDS)
    assert len(host.line.begun) == 2
    await host.see(listening(MISSED))
    await asyncio.sleep(CALL_SECONDS)
    assert len(host.line.begun) == 2


async def test_nobody_is_called_for_longer_than_a_minute_nor_again_for_the_same() -> None:
    host = Host()
    await host.see(OWN, listening())
    await asyncio.sleep(CALL_SECONDS)
    assert host.line.going == set()
    await host.see(listening())
    assert len(host.line.begun) == 1


async def test_who_listens_once_more_is_called_once_more() -> None:
    host = Host()
    await host.see(OWN, listening(), listening(MISSED), listening(MISSED, looks=1))
    assert len(host.line.begun) == 1, "the first was over before it began"
    assert host.line.going


async def test_an_agent_that_begins_anew_calls_in_whatever_order_it_sees_the_tasks() -> None:
    host = Host()
    await host.see(listening())
    assert host.line.begun == []
    await host.see(OWN)
    assert host.line.going


async def test_a_task_that_is_gone_is_called_no_more() -> None:
    host = Host()
    await host.see(OWN, listening())
    host.calls.see(Key(NAMESPACE, DESTINATION_TASK), None)
    await asyncio.sleep(0.01)
    assert host.line.going == set()


async def test_several_are_called_at_once() -> None:
    host = Host()
    names = DESTINATION_TASK, f"{DESTINATION_TASK}-2"
    await host.see(OWN, *(listening(name=name) for name in names))
    assert host.line.going == {f"address-of-{name}" for name in names}


async def test_the_calls_of_other_hosts_are_theirs() -> None:
    host = Host()
    await host.see(replace(OWN, spec=replace(OWN.spec, node_name="host3")), listening())
    own = listening()
    await host.see(replace(own, spec=replace(own.spec, node_name="host1", role=Role.DESTINATION)))
    assert host.line.begun == []
    assert OWN.name == SOURCE_TASK


async def test_at_the_end_of_the_process_no_call_goes_on_and_none_is_begun() -> None:
    host = Host()
    running = asyncio.create_task(host.calls.run())
    await host.see(OWN, listening())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert host.line.going == set()
    await host.see(listening(name=f"{DESTINATION_TASK}-2"))
    assert len(host.line.begun) == 1

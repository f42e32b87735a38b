"""A connection that is lost while it is in use; only a real libvirt can show what comes of that."""

import asyncio

import pytest

from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import HypervisorError

from .lab_world import LabWorld
from .patience import until
from .worlds import NAME

pytestmark = pytest.mark.contract

LOSSES = 40
CALLERS = 4


async def test_calls_under_way_and_those_that_come_just_then_are_told_so_and_the_process_lives(
    lab: LabWorld,
) -> None:
    """Closed under a call, libvirt's connection takes the process with it."""

    async def ask() -> object:
        return await lab.source.images.missing({f"{lab.shared}/{NAME}-nothing": "some"})

    async def ask_on() -> None:
        while True:
            try:
                await ask()
            except HypervisorError as lost:
                assert lost.reason is Reason.LIBVIRT_UNREACHABLE
                return

    for _ in range(LOSSES):
        callers = [asyncio.create_task(ask_on()) for _ in range(CALLERS)]
        await asyncio.sleep(0)
        await lab.cut()
        await asyncio.gather(*callers)
        await lab.mend()
        await until(ask, lambda _: True)

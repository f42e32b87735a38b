"""Asking libvirt for a domain's running job, which may wait up to 30 s for another call on that domain.

Promise: an answer within `JOB_SECONDS`, or `LibvirtUnreachable`. However often one asks, at most one question
per domain is under way: whoever comes while it is waits for the same answer.
"""

import asyncio

import libvirt

from godwit.hypervisor import errors
from godwit.hypervisor.calls import Calls
from godwit.hypervisor.errors import code_of, unreachable
from godwit.hypervisor.jobstats import OPERATION_IN, Raw
from godwit.hypervisor.lookup import find

JOB_SECONDS = 5.0
_LONGEST_SECONDS = 40.0
_NONE: Raw = {"type": 0}
# libvirt doesn't give an incoming migration's statistics: it refuses, and that tells that there is one.
_INCOMING: Raw = {"type": 2, "operation": OPERATION_IN}


class CurrentJob:
    """The one place where the statistics of a running job are asked for."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._questions: dict[str, asyncio.Task[Raw]] = {}

    async def ask(self, uuid: str) -> Raw:
        """Statistics as libvirt gives them; type 0 when there is no job, or no such domain."""
        question = self._questions.get(uuid)
        if question is None:
            question = asyncio.create_task(self._answer(uuid), name=f"job of {uuid}")
            self._questions[uuid] = question
            question.add_done_callback(lambda done: self._answered(uuid, done))
        await asyncio.wait({question}, timeout=JOB_SECONDS)
        if not question.done():
            raise unreachable(f"jobStats {uuid}", f"no answer within {JOB_SECONDS:g} s")
        return question.result()

    async def _answer(self, uuid: str) -> Raw:
        return await self._calls.short(
            "jobStats", lambda connection: _raw(connection, uuid), deadline_seconds=_LONGEST_SECONDS
        )

    def _answered(self, uuid: str, question: "asyncio.Task[Raw]") -> None:
        del self._questions[uuid]
        if not question.cancelled():
            question.exception()  # whoever asked may have left: an error that nobody fetches is no warning


def _raw(connection: libvirt.virConnect, uuid: str) -> Raw:
    domain = find(connection, uuid)
    if domain is None:
        return _NONE
    try:
        raw: Raw = domain.jobStats()
    except libvirt.libvirtError as error:
        if code_of(error) == errors.OPERATION_UNSUPPORTED:
            return _INCOMING
        if code_of(error) in (errors.NO_DOMAIN, errors.OPERATION_INVALID):
            return _NONE
        raise
    return raw

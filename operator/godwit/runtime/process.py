"""The life of a process: its parts run until a signal, or until one of them fails, and end in order.

On SIGTERM and SIGINT the parts are cancelled, the last that was started first, and each has ended before the
next is told. Whatever hangs then, a thread or a part, the process is gone after 20 s: nothing that it holds
needs a good-bye, since whoever comes next reads everything anew.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping

EXIT_SECONDS = 20.0

logger = logging.getLogger(__name__)

Part = Callable[[], Awaitable[None]]
"""Runs until it is cancelled; one that returns has failed."""


class PartEndedError(Exception):
    """A part that should run for ever has returned; `str()` names it."""


async def run_until_signal(parts: Mapping[str, Part], exit_seconds: float = EXIT_SECONDS) -> None:
    """Run all parts, in the order given. Returns after a signal; raises what a part raised.

    From the first sign of the end the whole process has `exit_seconds`, also for what comes after this: so it
    is for a process's main function, and for nothing that goes on afterwards.
    """
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, told.set)
    tasks = [asyncio.create_task(_watched(name, part), name=name) for name, part in parts.items()]
    waiter = asyncio.create_task(told.wait())
    logger.info("the process begins", extra={"parts": list(parts)})
    try:
        await asyncio.wait({waiter, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        failed = [task for task in tasks if task.done()]
        logger.info("the process ends", extra={"cause": "a part ended" if failed else "a signal"})
    finally:
        leave_within(exit_seconds)
        waiter.cancel()
        for task in reversed(tasks):
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled() and (problem := task.exception()) is not None:
                logger.error("a part failed", extra={"part": task.get_name()}, exc_info=problem)
        for number in signals:
            loop.remove_signal_handler(number)
    for task in failed:
        await task


def leave_within(seconds: float) -> None:
    """End the process after that time, however it hangs; harmless when it is gone by then."""

    def leave() -> None:
        logger.error("the process did not end in time and is left", extra={"seconds": seconds})
        os._exit(1)

    timer = threading.Timer(seconds, leave)
    timer.daemon = True
    timer.start()


async def _watched(name: str, part: Part) -> None:
    await part()
    raise PartEndedError(f"{name} ended by itself")

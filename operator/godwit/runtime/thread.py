"""A coroutine in a thread and an event loop of its own, for a guest that treats its loop as its house.

kopf cancels every task of its loop when it ends, and takes the signals of a main thread. In its own thread it
can end, fail and be started again beside us. A thread that does not end when told is left behind: it dies
with the process, and what it would still tell is for its caller to ignore.
"""

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
from collections.abc import Callable, Coroutine

logger = logging.getLogger(__name__)

Main = Callable[[asyncio.Event], Coroutine[None, None, None]]
"""Runs until it is done or the event is set."""


async def run_in_thread(main: Main, name: str, stop_seconds: float) -> None:
    """Until `main` ends, raising what it raises.

    Cancelled, it tells `main` to stop, and waits at most `stop_seconds` for it.
    """
    here = asyncio.get_running_loop()
    ended: asyncio.Future[BaseException | None] = here.create_future()
    started: concurrent.futures.Future[Callable[[], None]] = concurrent.futures.Future()

    def settle(problem: BaseException | None) -> None:
        if not ended.done():
            ended.set_result(problem)

    def tell(problem: BaseException | None) -> None:
        with contextlib.suppress(RuntimeError):  # our loop may be closed: nobody waits any more
            here.call_soon_threadsafe(settle, problem)

    def work() -> None:
        try:
            asyncio.run(_attend(main, started, tell))
        except BaseException as raised:
            tell(raised)

    threading.Thread(target=work, name=name, daemon=True).start()
    try:
        problem = await asyncio.shield(ended)
    except asyncio.CancelledError:
        started.add_done_callback(lambda stop: stop.result()())
        done, _ = await asyncio.wait({ended}, timeout=stop_seconds)
        if not done:
            logger.error("a thread does not end and is left behind", extra={"thread_name": name})
        raise
    if problem is not None:
        raise problem


async def _attend(
    main: Main,
    started: "concurrent.futures.Future[Callable[[], None]]",
    told: Callable[[BaseException | None], None],
) -> None:
    """Its end is told at once: what `main` left on this loop may not let that end."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def tell() -> None:
        with contextlib.suppress(RuntimeError):  # its loop is closed: it has ended
            loop.call_soon_threadsafe(stop.set)

    started.set_result(tell)
    try:
        await main(stop)
    except BaseException as raised:
        told(raised)
        raise
    told(None)

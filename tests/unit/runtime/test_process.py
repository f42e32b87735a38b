"""Whole processes, because signals and exits belong to them."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

OPERATOR = Path(__file__).resolve().parents[3] / "operator"

PROGRAM = """
import asyncio, sys, threading, time
from godwit.runtime.process import run_until_signal

def part(name):
    async def run():
        try:
            await asyncio.Event().wait()
        finally:
            print("end", name, flush=True)
    return run

async def ready():
    print("ready", flush=True)
    await asyncio.Event().wait()

async def failing():
    raise OSError("no socket")

async def returning():
    pass

async def hanging():
    try:
        await ready()
    finally:
        await asyncio.Event().wait()

async def stuck_thread():
    threading.Thread(target=time.sleep, args=(60,)).start()
    await ready()

parts = {PARTS}
asyncio.run(run_until_signal(parts, exit_seconds=float({SECONDS})))
print("done", flush=True)
"""


async def start(parts: str, seconds: float = 15.0) -> asyncio.subprocess.Process:
    program = PROGRAM.replace("{PARTS}", parts).replace("{SECONDS}", str(seconds))
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(OPERATOR)},
    )


async def end(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    out, errors = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode, out.decode(), errors.decode()


async def signalled(
    process: asyncio.subprocess.Process, number: signal.Signals
) -> tuple[int | None, str, str]:
    assert process.stdout
    assert await asyncio.wait_for(process.stdout.readline(), 30) == b"ready\n"
    process.send_signal(number)
    return await end(process)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_parts_in_reverse_order_and_is_no_failure(number: signal.Signals) -> None:
    process = await start('{"first": part("first"), "second": part("second"), "ready": ready}')
    code, out, errors = await signalled(process, number)
    assert (code, out) == (0, "end second\nend first\ndone\n"), errors


async def test_a_part_that_fails_ends_the_others_and_the_process_with_its_error() -> None:
    code, out, errors = await end(await start('{"other": part("other"), "bad": failing}'))
    assert (code, out) == (1, "end other\n")
    assert "no socket" in errors


async def test_a_part_that_returns_has_failed() -> None:
    code, _, errors = await end(await start('{"short": returning}'))
    assert code == 1
    assert "short ended by itself" in errors


@pytest.mark.parametrize("part", ["hanging", "stuck_thread"])
async def test_a_process_that_hangs_at_its_end_is_gone_in_time(part: str) -> None:
    process = await start(f'{{"it": {part}}}', seconds=0.5)
    began = time.monotonic()
    code, _, errors = await signalled(process, signal.SIGTERM)
    assert code == 1
    assert "did not end in time" in errors
    assert time.monotonic() - began < 25

"""`godwit operator` and `godwit agent`: the two processes, told by their environment what to be."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping

from godwit.runtime.settings import SettingsError


async def _operator(environment: Mapping[str, str]) -> None:
    from godwit.controller.process import main

    await main(environment)


async def _agent(environment: Mapping[str, str]) -> None:
    from godwit.agent.process import main

    await main(environment)


PROCESSES: dict[str, Callable[[Mapping[str, str]], Awaitable[None]]] = {
    "operator": _operator,
    "agent": _agent,
}


def main() -> int:
    """0 after a signal, 1 when a part failed, 2 when the arguments or the environment are wrong."""
    parser = argparse.ArgumentParser(prog="godwit", description=__doc__)
    parser.add_argument("process", choices=sorted(PROCESSES))
    chosen = parser.parse_args().process

    async def run() -> None:
        await PROCESSES[chosen](os.environ)

    try:
        asyncio.run(run())
    except SettingsError as error:
        print(f"godwit {chosen}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

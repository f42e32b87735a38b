"""Many finished migrations: what they cost is what a cluster pays for its history."""

from benchkit.api import Api
from labkit.lab import Lab, hosts
from labkit.shell import say, wait_for

NOWHERE = "bench-nowhere"
_END_SECONDS = 120.0


def finish_many(lab: Lab, api: Api, count: int) -> None:
    """`count` VMMigrations at least have come to their end; the missing ones name a VM that is nowhere."""
    ended = api.closed()
    for number in range(ended, count):
        api.create(f"nowhere-{number}", NOWHERE, hosts(lab)[0])
    wait_for(f"the end of {count} migrations", lambda: api.closed() >= count, _END_SECONDS)
    say(f"{api.closed()} migrations are finished")

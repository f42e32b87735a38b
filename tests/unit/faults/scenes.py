"""Scenes as tests need them: a guest at rest on host1, and what became of it."""

from dataclasses import replace

from faultkit.ends import Before, Ended
from faultkit.scene import Copy, Scene

COPY = Copy("running", persistent=True, autostart=True, definition="<domain/>", max_downtime="300")
OFF = replace(COPY, state="shut off", max_downtime="")


def scene(
    *,
    host1: Copy | None = None,
    host2: Copy | None = None,
    qemus: tuple[int, int] | None = None,
    marked: tuple[str, ...] = (),
    left: tuple[str, ...] = (),
    pools: tuple[str, ...] = (),
    jobs: int = 0,
) -> Scene:
    """By default each active copy has its QEMU, and nothing is left."""
    copies = {"host1": host1, "host2": host2}
    known = {host: copy for host, copy in copies.items() if copy}
    counts = {host: int(bool(copy and copy.active)) for host, copy in copies.items()}
    if qemus is not None:
        counts = dict(zip(copies, qemus, strict=True))
    return Scene(
        copies=known,
        qemus=counts,
        marked=list(marked),
        left=list(left),
        pools={"host1": frozenset(pools), "host2": frozenset()},
        jobs=jobs,
    )


def before(copy: Copy = COPY) -> Before:
    """At rest on host1."""
    return Before("g", "host1", paused=copy.state == "paused", copy=copy, scene=scene(host1=copy))


def succeeded(*, may_be_gone: bool = False, may_be_anew: bool = False, user_paused: bool = False) -> Ended:
    """It is said to be on host2."""
    return Ended("Succeeded", "host2", may_be_gone, may_be_anew, user_paused)


FAILED = Ended("Failed", "host2")

"""`up`: from nothing, or from whatever is broken, to a cluster where Godwit runs; safe to repeat."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from labkit import (
    box,
    chart,
    containers,
    controlplane,
    faults,
    filling,
    flavor,
    libvirt,
    links,
    machine,
    network,
    node,
    store,
    supervisor,
)
from labkit.binaries import binaries
from labkit.certificates import authority
from labkit.image import REPOSITORY, Image, godwit_image, pause_image
from labkit.imports import import_everywhere
from labkit.kubernetes import kubectl, ready_nodes
from labkit.lab import Lab, boxes, hosts, nodes
from labkit.registry import alone
from labkit.roots import flavor_root, host_root
from labkit.shell import say, wait_for
from labkit.targets import Pod, Service, Store, Target
from labkit.world.mend import mend as mend_host


def up(lab: Lab, host_count: int, flavors: dict[str, str] | None = None, fetch: Sequence[str] = ()) -> None:
    """Bring everything up; hosts that are more than `host_count` stay and are mended too.

    `flavors`: by host, the Debian that its libvirt and QEMU come from, where that is another one; `fetch`:
    others of these, for hosts that come later.
    """
    began = time.monotonic()
    wanted = _nodes_wanted(lab, host_count)
    machine.need_watchers(sum(not box.init_pid(lab, name) for name in ("control", *wanted)))
    with ThreadPoolExecutor() as workers, alone(lab):
        for host, suite in (flavors or {}).items():
            flavor.choose(lab, host, suite)
        image = workers.submit(godwit_image) if _has_godwit() else None
        pause = workers.submit(pause_image)
        _all(workers, [binaries, host_root, *(partial(flavor_root, suite) for suite in fetch)])
        say(f"binaries and roots are here after {time.monotonic() - began:.1f} s")
        _power_on(lab, wanted, workers)
        say(f"{' '.join(boxes(lab))} run after {time.monotonic() - began:.1f} s")
        _make_nodes_ready(lab, workers, pause)
        say(f"{' '.join(nodes(lab))} are Ready after {time.monotonic() - began:.1f} s")
        if not image:
            say("no Godwit in this lab: charts/godwit or operator/godwit/__main__.py is absent")
            return
        _install(lab, image.result(), began)


def _has_godwit() -> bool:
    return chart.CHART.exists() and (REPOSITORY / "operator" / "godwit" / "__main__.py").exists()


def reload(lab: Lab) -> None:
    """The code as it is now runs in the lab."""
    began = time.monotonic()
    with alone(lab):
        _install(lab, godwit_image(), began)


def _install(lab: Lab, image: Image, began: float) -> None:
    say(f"{image.name} is here after {time.monotonic() - began:.1f} s")
    import_everywhere(lab, nodes(lab), image)
    say(f"{image.name} is on every node after {time.monotonic() - began:.1f} s")
    chart.install(lab, image)
    say(f"Godwit is Ready after {time.monotonic() - began:.1f} s")


def _nodes_wanted(lab: Lab, host_count: int) -> list[str]:
    """Those that are asked for, and those that there are besides."""
    wanted = ["infra", *(f"host{number}" for number in range(1, host_count + 1))]
    return [*wanted, *(made for made in nodes(lab) if made not in wanted)]


def _power_on(lab: Lab, named: list[str], workers: ThreadPoolExecutor) -> None:
    """Every box runs, with its links whole and all its services told to run."""
    authority(lab)
    network.make_bridges(lab)
    starting = [workers.submit(controlplane.start, lab), workers.submit(store.start, lab)]
    for name in named:
        node.prepare(lab, name, named)
        if name != "infra":
            libvirt.prepare(lab, name)
    list(workers.map(lambda name: box.boot(lab, name), named))
    for start in starting:
        start.result()
    list(workers.map(lambda name: _mend(lab, name), boxes(lab)))
    network.route_pods(lab, nodes(lab), {name: box.running(lab, name) for name in boxes(lab)})


def _mend(lab: Lab, name: str) -> None:
    """What `link`, `fill`, `host`, `stop` and `freeze` did to a box is undone."""
    network.connect(lab, name, box.running(lab, name))
    for plane in network.planes_of(name):
        links.clear(lab, name, plane)
    if name in hosts(lab):
        filling.empty(lab, name)
    targets: list[Target] = [Service(lab, name, service) for service in supervisor.services(lab, name)]
    if name == "store":
        targets = [Store(lab)]
    for target in targets:
        faults.mend(target)
    if name in nodes(lab):
        containers.wait(lab, name)
        faults.mend(Pod(lab, name, "operator" if name == "infra" else "agent"))
    if name in hosts(lab):
        mend_host(lab, name)


def _make_nodes_ready(lab: Lab, workers: ThreadPoolExecutor, pause: Future[Image]) -> None:
    """Control plane, store, libvirt and nodes all answer; the nodes bear their labels."""
    import_everywhere(lab, nodes(lab), pause.result())
    _all(workers, [partial(controlplane.wait, lab), partial(store.wait, lab)])
    _all(workers, [partial(libvirt.wait, lab, host) for host in hosts(lab)])
    wait_for(f"nodes {' '.join(nodes(lab))} Ready", lambda: ready_nodes(lab) >= set(nodes(lab)), 60, 0.3)
    kubectl(lab, "label", "--overwrite", "node", "infra", "godwit.dev/infra=true")
    kubectl(lab, "label", "--overwrite", "node", *hosts(lab), "godwit.dev/hypervisor=true")


def _all(workers: ThreadPoolExecutor, steps: Sequence[Callable[[], object]]) -> None:
    """Side by side, to the end of each; the first error of all is told."""
    for step in [workers.submit(step) for step in steps]:
        step.result()

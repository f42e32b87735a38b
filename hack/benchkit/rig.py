"""The lab that is measured, with everything that listens; it is left as it was found."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchkit.api import Api
from benchkit.audit import AuditLog
from benchkit.mover import Mover
from benchkit.traces import listening
from labkit import links
from labkit.containers import NAMESPACE
from labkit.down import down
from labkit.kubernetes import kubectl, ready_containers
from labkit.lab import Lab, Plane, hosts
from labkit.machine import prepare
from labkit.registry import claim_lab, open_lab
from labkit.shell import LabError, say
from labkit.status import status
from labkit.up import up

_HOSTS = 2


@dataclass(frozen=True, slots=True)
class Rig:
    """What measures. `image` is what of Godwit runs in the lab."""

    lab: Lab
    image: str
    api: Api
    mover: Mover


@contextmanager
def rig(name: str) -> Iterator[Rig]:
    """Brings the lab up when it isn't; one that wasn't there before is ended again."""
    with ExitStack() as after:
        lab = after.enter_context(_lab(name))
        if len(hosts(lab)) < _HOSTS:
            raise LabError(
                f"lab {name!r} has one host: `hack/lab up --name {name} --hosts 2` gives it another"
            )
        after.enter_context(_free_links(lab))
        namespace = after.enter_context(_namespace(lab))
        heard = after.enter_context(listening(lab))
        audit = AuditLog(lab.logs("control") / "lab" / "audit.log")
        after.callback(audit.close)
        api = Api(lab, namespace)
        api.follow()
        yield Rig(lab, _image(lab), api, Mover(lab, api, heard, audit))


@contextmanager
def _lab(name: str) -> Iterator[Lab]:
    try:
        lab = open_lab(name)
    except LabError:
        prepare()
        lab = claim_lab(name)
        try:
            up(lab, _HOSTS)
            yield lab
        finally:
            say(f"lab {name} was not there before: it is ended again")
            down(lab)
        return
    rows = status(lab)
    if not rows or not all(row.ready for row in rows):
        up(lab, _HOSTS)
    yield lab


@contextmanager
def _free_links(lab: Lab) -> Iterator[None]:
    """No limit on the hosts' ways to each other, until the end of the block."""
    found = [links.look(lab, host, Plane.DATA) for host in hosts(lab)]
    try:
        for link in found:
            links.clear(lab, link.box, link.plane)
        yield
    finally:
        for link in found:
            if link.rate:
                links.shape(lab, link.box, link.plane, link.rate)
            links.cut(lab, link.box, link.plane, down=not link.up)


@contextmanager
def _namespace(lab: Lab) -> Iterator[str]:
    """Of our own, and gone afterwards with all VMMigrations in it."""
    name = f"bench-{secrets.token_hex(3)}"
    kubectl(lab, "create", "namespace", name)
    try:
        yield name
    finally:
        kubectl(lab, "delete", "namespace", name, "--timeout=120s")


def _image(lab: Lab) -> str:
    return " ".join(sorted(set(ready_containers(lab, NAMESPACE).values())))

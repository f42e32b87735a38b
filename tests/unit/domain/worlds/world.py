"""Hands that change one thing of a world and leave it whole: a guest on host1, which is to go to host2."""

from msgspec.structs import replace

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.disks import Storage
from godwit.domain.guest import DiskFacts, InterfaceFacts
from godwit.domain.host import BRIDGE, NETWORK, Hypervisor, Network, Segment
from godwit.domain.image import ImageFacts
from godwit.domain.storage import StorageFacts, classify

from ..builders import BR0, INTERFACE
from ..storage.known import CREATE, known

World = PreflightFacts


def with_facts(world: World, **changes: object) -> World:
    """Of those that are neither the guest's nor a host's."""
    return replace(world, **changes)


def with_storage(world: World, storage: StorageFacts) -> World:
    """The guest that is in it, too."""
    return replace(world, guest=storage.guest, storage=storage, disks=classify(storage))


def with_guest(world: World, **changes: object) -> World:
    return with_storage(world, replace(world.storage, guest=replace(world.guest, **changes)))


def with_view(world: World, **changes: object) -> World:
    return with_guest(world, view=replace(world.guest.view, **changes))


def with_placement(world: World, **changes: object) -> World:
    assert world.guest.placement is not None
    return with_guest(world, placement=replace(world.guest.placement, **changes))


def with_equipment(world: World, **changes: object) -> World:
    assert world.guest.equipment is not None
    return with_guest(world, equipment=replace(world.guest.equipment, **changes))


def with_disks(
    world: World, *disks: DiskFacts, wish: Storage = CREATE, there: tuple[ImageFacts, ...] = ()
) -> World:
    """These and no others; `there`: what lies on host2."""
    storage = known(*disks, wish=wish, there=there)
    return with_storage(world, replace(storage, guest=replace(world.guest, disks=disks)))


def with_secrets(world: World, *secrets: str) -> World:
    """That host2's libvirt has."""
    return with_storage(world, replace(world.storage, secrets=secrets))


def with_reception(world: World, **changes: object) -> World:
    assert world.reception is not None
    return replace(world, reception=replace(world.reception, **changes))


def with_road(world: World, **changes: object) -> World:
    """As host1 sees it."""
    assert world.outlook is not None
    assert world.road is not None
    return replace(world, outlook=replace(world.outlook, roads=(replace(world.road, **changes),)))


def with_contact(world: World, **changes: object) -> World:
    """What host2 tells of the call from host1."""
    assert world.contact is not None
    return replace(world, contact=replace(world.contact, **changes))


def with_shown(world: World, **changes: object) -> World:
    """By libvirtd on host2."""
    assert world.road is not None
    assert world.road.shown is not None
    return with_road(world, shown=replace(world.road.shown, **changes))


def changed(host: Hypervisor, **changes: object) -> Hypervisor:
    """Its status."""
    return replace(host, status=replace(host.status, **changes))


def at_source(world: World, **changes: object) -> World:
    return replace(world, source=changed(world.source, **changes))


def at_destination(world: World, **changes: object) -> World:
    return replace(world, destination=changed(world.destination, **changes))


def with_versions(
    world: World, here: dict[str, str] | None = None, there: dict[str, str] | None = None
) -> World:
    source, destination = world.source.status.versions, world.destination.status.versions
    world = at_source(world, versions=replace(source, **(here or {})))
    return at_destination(world, versions=replace(destination, **(there or {})))


def with_cpus(
    world: World, here: dict[str, object] | None = None, there: dict[str, object] | None = None
) -> World:
    """Of the hosts."""
    source, destination = world.source.status.cpu, world.destination.status.cpu
    world = at_source(world, cpu=replace(source, **(here or {})))
    return at_destination(world, cpu=replace(destination, **(there or {})))


def attached(
    world: World,
    interface: InterfaceFacts = INTERFACE,
    here: Network = BR0,
    there: Network | None = BR0,
    segments: tuple[str, str] | None = None,
) -> World:
    """By one interface alone, to what each host has of it; `segments`: what the admin says of both."""
    said = [(Segment(here.name, each),) for each in segments] if segments else [(), ()]
    source = _networked(world.source, said[0], here)
    destination = _networked(world.destination, said[1], *((there,) if there else ()))
    return with_guest(replace(world, source=source, destination=destination), interfaces=(interface,))


def _networked(host: Hypervisor, said: tuple[Segment, ...], *networks: Network) -> Hypervisor:
    host = replace(host, spec=replace(host.spec, networks=said))
    listed = tuple(each for each in networks if each.kind in (BRIDGE, NETWORK))
    return changed(host, networks=listed, links=tuple(each for each in networks if each not in listed))

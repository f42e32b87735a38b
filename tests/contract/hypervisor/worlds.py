"""Two worlds that must look the same through the ports: the fake hosts, and two hosts of the lab.

A world also lends the hands of everybody else: of the user with virsh, and of whoever cuts the connection.
"""

from typing import Protocol

from godwit.domain.guest import DiskFacts, DiskKind, DomainState, Marks, StateReason
from godwit.domain.image import FileKind
from godwit.hypervisor.all_ports import LibvirtPorts
from godwit.hypervisor.ports import MigrationRequest

from ...fakes.hypervisor import LOCAL, SHARED, FakeDomain, FakeFile, FakeLibvirt, FakeNetwork

NAME = "hvtest-contract"
UUID = "5f2a1c1e-7d39-4a0c-9a55-6d0d3c0a7e11"
NETWORK = "hvtest-lan"
NAMESAKE_UUID = "5f2a1c1e-7d39-4a0c-9a55-6d0d3c0a7e22"
ATTEMPT = "0b6cf9b4-6f2e-4a38-8a2f-3a7d0c9d1e55/1"
MARKS = Marks(run="of-the-destination", attempt=ATTEMPT)


class Hands(Protocol):
    """Everybody else's hands on the source's files; every name begins with `NAME`, and is removed at last."""

    async def write(self, path: str) -> None:
        """64 KiB of content into an image that is there."""

    async def make_directory(self, path: str) -> None: ...

    async def take_away(self, path: str) -> None:
        """A file."""

    async def replace(self, path: str) -> None:
        """Another file of the same content in its place."""

    async def symlink(self, path: str, target: str) -> None: ...

    async def hard_link(self, path: str, target: str) -> None: ...

    async def define(self, image: str) -> None:
        """A guest that is off, whose disk that is."""

    async def cover(self, directory: str) -> None:
        """Another file system is there now, with nothing in it."""

    async def uncover(self, directory: str) -> None: ...


class World(Protocol):
    """Two hosts, and everybody else's hands. There is one guest: `NAME`, `UUID`."""

    shared: str
    local: str
    destination_uri: str
    migrate_uri: str

    @property
    def hands(self) -> Hands: ...
    @property
    def source(self) -> LibvirtPorts: ...
    @property
    def destination(self) -> LibvirtPorts: ...

    async def start_guest(
        self, *, persistent: bool = True, autostart: bool = False, paused: bool = False, endless: bool = False
    ) -> None:
        """On the source; a migration of an `endless` one doesn't end by itself."""

    async def plug(self) -> None:
        """A device into the running guest."""

    async def keep_apart(self, *groups: str) -> None:
        """`virsh metadata --live --config --set` on the source."""

    async def shut_off(self) -> None:
        """`virsh destroy` on the source."""

    async def start_namesake(self) -> None:
        """Another guest of that name on the destination."""

    async def start_network(self) -> None:
        """`virsh net-create` of `NETWORK` on the source, which hands out a bridge that is there already."""

    async def stop_network(self) -> None:
        """`virsh net-destroy`: it is gone."""

    async def put_image(self, directory: str) -> str:
        """A file in the source's directory; gives its path."""

    async def cut(self) -> None:
        """The source's agent loses libvirtd."""

    async def mend(self) -> None:
        """And may find it again."""

    async def close(self) -> None: ...


class FakeHands:
    def __init__(self, libvirt: FakeLibvirt) -> None:
        self._libvirt = libvirt

    async def write(self, path: str) -> None:
        there = self._libvirt.file_at(path)
        assert there is not None
        there.write("written", there.allocated_bytes + 65536)

    async def make_directory(self, path: str) -> None:
        self._libvirt.put(path, FakeFile(kind=FileKind.DIRECTORY))

    async def take_away(self, path: str) -> None:
        self._libvirt.drop(path)

    async def replace(self, path: str) -> None:
        there = self._libvirt.file_at(path)
        assert there is not None
        self._libvirt.put(path, FakeFile(there.content))

    async def symlink(self, path: str, target: str) -> None:
        self._libvirt.put(path, FakeFile(target, FileKind.SYMLINK))

    async def hard_link(self, path: str, target: str) -> None:
        there = self._libvirt.file_at(target)
        assert there is not None
        self._libvirt.put(path, there)

    async def define(self, image: str) -> None:
        domain = self._libvirt.add(FakeDomain(NAME, UUID))
        domain.disks = (DiskFacts(target="vda", kind=DiskKind.FILE, path=image),)
        domain.become(DomainState.SHUTOFF, StateReason.SHUTDOWN)

    async def cover(self, directory: str) -> None:
        self._libvirt.unmount(directory)

    async def uncover(self, directory: str) -> None:
        self._libvirt.mount(directory)


class FakeWorld:
    """Both hosts in memory."""

    shared, local = SHARED, LOCAL
    destination_uri, migrate_uri = "qemu+tls://host2/system", "tcp://host2"

    def __init__(self) -> None:
        network = FakeNetwork()
        self.source = FakeLibvirt(network, "host1")
        self.destination = FakeLibvirt(network, "host2")
        self.hands = FakeHands(self.source)

    async def start(self) -> None:
        await self.source.start()
        await self.destination.start()

    async def start_guest(
        self, *, persistent: bool = True, autostart: bool = False, paused: bool = False, endless: bool = False
    ) -> None:
        domain = FakeDomain(NAME, UUID, persistent=persistent, autostart=autostart)
        if paused:
            domain.become(DomainState.PAUSED, StateReason.USER)
        if endless:
            self.source.hold_migrations()
        self.source.add(domain)

    async def plug(self) -> None:
        self.source.domains[UUID].devices += ("watchdog",)

    async def keep_apart(self, *groups: str) -> None:
        self.source.domains[UUID].anti_affinity = groups

    async def shut_off(self) -> None:
        self.source.end(UUID)

    async def start_namesake(self) -> None:
        self.destination.add(FakeDomain(NAME, NAMESAKE_UUID))

    async def start_network(self) -> None:
        self.source.host.start_network(NETWORK)

    async def stop_network(self) -> None:
        self.source.host.stop_network(NETWORK)

    async def put_image(self, directory: str) -> str:
        path = f"{directory}/{NAME}.raw"
        self.source.put_file(path)
        return path

    async def cut(self) -> None:
        self.source.lose()

    async def mend(self) -> None:
        self.source.come_back()

    async def close(self) -> None:
        for host in (self.source, self.destination):
            await host.close()


async def request(world: World, *, paused: bool = False, persistent: bool = True) -> MigrationRequest:
    """A migration of the guest as it is now."""
    facts = await world.source.guests.inspect(UUID)
    return MigrationRequest(
        uuid=UUID,
        destination_uri=world.destination_uri,
        migrate_uri=world.migrate_uri,
        live_marks=MARKS,
        devices_digest=facts.devices_digest,
        persistent=persistent,
        paused_at_destination=paused,
    )

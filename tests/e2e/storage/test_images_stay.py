"""Images outlive everything that Godwit is: nothing that is not its own to remove is ever removed."""

from collections.abc import Iterator

import pytest

from ..bad.scene import HOSTS, POLL_SECONDS, Scene
from ..lab import wait_until
from .journeys import DELETE, Journeys, disks

pytestmark = pytest.mark.e2e

GUEST = "storage-staying"
SCAN_SECONDS = 90.0
"""A Hypervisor's status is renewed within that."""


@pytest.fixture
def guest(scene: Scene) -> Iterator[str]:
    disks = ("--disk", "local:32Mi:qcow2:filled=12Mi", "--disk", "local:16Mi:raw", "--nvram", "local")
    remove = f"rm -f /var/lib/godwit/local/{GUEST}-*"
    scene.inside(HOSTS[1], remove)
    try:
        with scene.lab.guest(GUEST, HOSTS[0], *disks) as name:
            yield name
    finally:
        scene.inside(HOSTS[1], remove)


def test_the_migration_is_deleted_the_guest_shut_off_the_agents_start_anew_and_the_images_are_there(
    scene: Scene, journeys: Journeys, guest: str
) -> None:
    before = journeys.before()
    name = journeys.begin(guest)
    told = journeys.arrives(name, guest)
    assert {line["action"] for line in disks(told).values()} == {"Copy"}
    images = sorted(map(str, journeys.images(guest)))
    nvram = f"/var/lib/godwit/local/{guest}-nvram.fd"
    arrived = dict.fromkeys([*images, nvram], "is new")
    assert journeys.changed(before) == {HOSTS[0]: {}, HOSTS[1]: dict(sorted(arrived.items()))}

    scene.cluster.kubectl("delete", "vmmigration", name, "-n", scene.namespace, "--timeout=60s")
    scene.virsh(HOSTS[1], "destroy", guest)
    old = pids(scene)
    for who in (("agent", HOSTS[0]), ("agent", HOSTS[1]), ("operator",)):
        scene.lab.run("kill", *who)
    wait_until("new processes", lambda: not pids(scene) & old and len(pids(scene)) == len(old), 90, 1)
    wait_until("both agents", lambda: all(scene.ready(host) for host in HOSTS), 90, POLL_SECONDS)

    assert journeys.changed(before) == {HOSTS[0]: {}, HOSTS[1]: dict(sorted(arrived.items()))}
    scene.virsh(HOSTS[1], "undefine", "--keep-nvram", guest)
    assert journeys.changed(before)[HOSTS[1]] == dict(sorted(arrived.items()))


@pytest.mark.walk
def test_what_somebody_put_in_the_place_of_ours_stays_and_libvirts_own_file_is_listed_until_it_is_gone(
    scene: Scene, journeys: Journeys, guest: str
) -> None:
    before = journeys.before()
    path = str(journeys.images(guest)[0])
    with journeys.slow("16mbit"):
        name = journeys.begin(guest)
        journeys.phase(name, "Copying")
        scene.inside(HOSTS[1], f"mv {path} {path}.ours; echo 'of somebody else' > {path}")
        journeys.patch(name, {"cancel": True})
        wait_until("its end", lambda: scene.told(name).phase in ("Cancelled", "Failed"), 90, POLL_SECONDS)
    assert f"image {path} on {HOSTS[1]}" in scene.told(name).message
    scene.clean(name)
    assert scene.lab.check(guest)["host"] == HOSTS[0]
    assert scene.inside(HOSTS[1], f"cat {path}") == "of somebody else\n"
    changed = journeys.changed(before)
    # The one difference that is allowed: libvirt itself made the file of the firmware's variables there, and
    # nothing that Godwit did not create is ever deleted. It is told.
    firmware = f"/var/lib/godwit/local/{guest}-nvram.fd"
    left = dict.fromkeys((path, f"{path}.ours", firmware), "is new")
    assert changed == {HOSTS[0]: {}, HOSTS[1]: left}
    found = leftover(scene, journeys, firmware)
    assert found["kind"] == "NVRAM"
    assert found["remedy"].startswith(f"look at it (`ls -l {firmware}`)"), found
    assert path not in leftovers(journeys), "nobody is told to remove what is somebody else's"

    scene.inside(HOSTS[1], f"rm {path} {path}.ours {firmware}")
    gone = lambda: firmware not in leftovers(journeys)  # noqa: E731 - one line is enough
    wait_until("it to be told no more", gone, SCAN_SECONDS, POLL_SECONDS)


@pytest.mark.walk
def test_the_firmwares_variables_go_with_the_images_where_they_were_to_go_after_the_commit(
    scene: Scene, journeys: Journeys, guest: str
) -> None:
    before = journeys.before()
    journeys.move(guest, storage=DELETE)
    paths = [*map(str, journeys.images(guest)), f"/var/lib/godwit/local/{guest}-nvram.fd"]
    gone, new = dict.fromkeys(paths, "is gone"), dict.fromkeys(paths, "is new")
    assert journeys.changed(before) == {HOSTS[0]: gone, HOSTS[1]: new}


@pytest.mark.walk
def test_pools_and_old_probes_of_godwits_are_listed_with_how_to_remove_them_and_not_removed(
    scene: Scene, journeys: Journeys
) -> None:
    probe, pool, place = "/var/lib/godwit/local/.godwit-left", "godwit-left", "/var/lib/godwit/local/left"
    scene.inside(HOSTS[1], f"mkdir -p {place}; touch -d '2 hours ago' {probe}")
    scene.virsh(HOSTS[1], "pool-create-as", pool, "dir", "--target", place)
    try:
        assert leftover(scene, journeys, probe)["remedy"] == f"rm {probe}"
        assert leftover(scene, journeys, pool)["remedy"] == f"virsh pool-destroy {pool}"
        assert pool in scene.virsh(HOSTS[1], "pool-list", "--name").split()
        scene.inside(HOSTS[1], f"test -e {probe}")
    finally:
        scene.virsh(HOSTS[1], "pool-destroy", pool)
        scene.inside(HOSTS[1], f"rm -f {probe}; rmdir {place}")


def pids(scene: Scene) -> set[int]:
    """Of Godwit's processes that are ready."""
    rows = scene.lab.status().values()
    return {row["pid"] for row in rows if row["service"] in ("agent", "operator") and row["ready"]}


def leftovers(journeys: Journeys) -> dict[str, dict[str, str]]:
    """Of the second host, by their paths."""
    return {each["path"]: each for each in journeys.hypervisor(HOSTS[1]).get("leftovers", [])}


def leftover(scene: Scene, journeys: Journeys, path: str) -> dict[str, str]:
    """That one, once the host tells of it."""
    return wait_until(f"{path} to be told", lambda: leftovers(journeys).get(path), SCAN_SECONDS, POLL_SECONDS)

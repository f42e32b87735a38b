"""Places for images that look alike on both hosts; each is gone again at the end of its block."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from .scene import HOSTS, Scene

LOCAL = "/var/lib/godwit/local"
STORE = "store"


@contextmanager
def two_volumes(scene: Scene, path: str) -> Iterator[None]:
    """At `path` each host mounts a GlusterFS volume of its own."""
    with ExitStack() as volumes:
        for host in HOSTS:
            volumes.enter_context(_volume(scene, f"only-{host}"))
            volumes.enter_context(_mounted_volume(scene, host, f"only-{host}", path))
        yield


@contextmanager
def _volume(scene: Scene, name: str) -> Iterator[None]:
    """Made like the lab's own volume, beside it."""
    brick = re.search(r"Brick1: (\S+)/shared", scene.inside(STORE, "gluster volume info shared"))
    assert brick
    gluster = "gluster --mode=script volume"
    scene.inside(STORE, f"{gluster} create {name} {brick[1]}/{name} force; {gluster} start {name}")
    try:
        yield
    finally:
        scene.inside(
            STORE, f"{gluster} stop {name} force; {gluster} delete {name}; rm -r /var/lib/brick/{name}"
        )


@contextmanager
def _mounted_volume(scene: Scene, host: str, volume: str, path: str) -> Iterator[None]:
    table = scene.inside(host, "cat /proc/1/mountinfo; tr '\\0' ' ' < /proc/$(pgrep -o glusterfs)/cmdline")
    server = re.search(r"--volfile-server=(\S+)", table)
    assert server
    mount = f"glusterfs --process-name fuse --volfile-server={server[1]} --volfile-id={volume} {path}"
    scene.inside(host, f"mkdir {path}; {mount}; mountpoint -q {path}")
    try:
        yield
    finally:
        scene.inside(host, f"umount {path}; rmdir {path}")


@contextmanager
def one_directory(scene: Scene, path: str) -> Iterator[None]:
    """Both hosts mount the one file system at `path`: to the kernel that is a directory bound into both."""
    image = f"{LOCAL}/one-directory.img"
    make = f"truncate -s 64M {image}; mkfs.ext4 -q {image}; losetup --find --show {image}"
    device = scene.inside(HOSTS[0], make).strip()
    try:
        for host in HOSTS:
            scene.inside(host, f"mkdir {path}; mount {device} {path}")
        yield
    finally:
        for host in HOSTS:
            scene.inside(host, f"umount {path}; rmdir {path}")
        scene.inside(HOSTS[0], f"losetup --detach {device}; rm {image}")


@contextmanager
def loop_device(scene: Scene, host: str) -> Iterator[str]:
    """Over an image of the host's own; its name is the same on every host."""
    image = f"{LOCAL}/loop.img"
    device = scene.inside(host, f"truncate -s 16M {image}; losetup --find --show {image}").strip()
    try:
        yield device
    finally:
        scene.inside(host, f"losetup --detach {device}; rm {image}")

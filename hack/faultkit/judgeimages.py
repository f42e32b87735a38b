"""What is wrong with the images of a scene, in words; pure.

After a migration the hosts' directories are as before, but for what is named here: the images of copied disks
are at the destination when it succeeded, and gone from the source when that was asked for. A guest runs from
images that have a name, and from no other host's QEMU are they written to.
"""

from collections.abc import Iterator

from faultkit.ends import SUCCEEDED, Before, Ended
from faultkit.scene import Scene
from labkit.listing import Listing, changes


def judge_images(before: Before, ended: Ended, scene: Scene) -> list[str]:
    """Empty when all is well."""
    return [*_places(before, ended, scene), *_running(before, ended, scene)]


def _places(before: Before, ended: Ended, scene: Scene) -> Iterator[str]:
    succeeded = ended.phase == SUCCEEDED
    for place, now in scene.images.items():
        expected = dict(_expected(before, ended, place, succeeded=succeeded))
        for path, change in changes(before.scene.images.get(place, {}), now).items():
            if expected.pop(path, "") != change:
                yield f"{path} {change} in {place}"
        may_stay = ended.keeps_destination and place == before.host
        for path, change in expected.items():
            if not may_stay and not (change == "is new" and path in before.scene.images.get(place, {})):
                yield f"{path} is as before in {place}, but it should be so: {change}"
        if succeeded and place == ended.destination:
            yield from _as_the_source(before, before.scene.images.get(place, {}), now)


def _expected(before: Before, ended: Ended, place: str, *, succeeded: bool) -> Iterator[tuple[str, str]]:
    """The differences that there have to be."""
    for path in before.leaving:
        was_there = path in before.scene.images.get(place, {})
        if succeeded and place == ended.destination:
            yield path, "is new"
        elif was_there and _has_to_go(before, ended, place, path, succeeded=succeeded):
            yield path, "is gone"


def _has_to_go(before: Before, ended: Ended, place: str, path: str, *, succeeded: bool) -> bool:
    if place == before.host:
        return succeeded and ended.deletes
    return place == ended.destination and path in ended.deleted


def _as_the_source(before: Before, was_there: Listing, now: Listing) -> Iterator[str]:
    """Whoever may open it at the source may do so here. An image that had to exist is left as it was."""
    source = before.scene.images.get(before.host, {})
    for path in set(before.leaving) - was_there.keys():
        old, new = source.get(path), now.get(path)
        if old and new and (old.mode, old.owner, old.group) != (new.mode, new.owner, new.group):
            yield (
                f"{path} was {old.mode} of {old.owner}:{old.group} at the source and is "
                f"{new.mode} of {new.owner}:{new.group}"
            )


def _running(before: Before, ended: Ended, scene: Scene) -> Iterator[str]:
    active = [host for host, copy in scene.copies.items() if copy.active]
    for host, opened in scene.opened.items():
        if host not in active:
            written = {each.path for each in opened if each.writable} & set(before.disks)
            yield from (f"{path} is open for writing on {host}" for path in sorted(written))
        elif not ended.store_was_away:
            yield from _opened(before, scene, host)


def _opened(before: Before, scene: Scene, host: str) -> Iterator[str]:
    found = {each.path: each for each in scene.opened[host] if each.ours}
    here = scene.images.get(host, {})
    for path in before.disks:
        if path not in found:
            yield f"it runs on {host}, and not from {path}"
        elif found[path].deleted:
            yield f"it runs on {host} from {path}, which is deleted"
        elif path in here and here[path].inode != found[path].inode:
            yield f"it runs on {host} from another file than the one at {path}"

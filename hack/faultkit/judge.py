"""What is wrong with a scene, in words; pure. Promises 1, 2, 3, 5, 6 and 7 of the design's section 4."""

from difflib import ndiff

from faultkit.ends import SUCCEEDED, Before, Ended
from faultkit.judgeimages import judge_images
from faultkit.scene import OFF, Copy, Scene


def judge(before: Before, ended: Ended, scene: Scene) -> list[str]:
    """All that breaks a promise once a migration is closed; empty when all is well."""
    home = ended.destination if ended.phase == SUCCEEDED else before.host
    active = [host for host, copy in scene.copies.items() if copy.active]
    return [
        *_whereabouts(before, ended, scene, home, active),
        *_elsewhere(scene, home),
        *_at_home(before, ended, scene.copies.get(home), home),
        *_leftovers(before, scene),
        *judge_images(before, ended, scene),
        *_jobs(before, ended, scene),
    ]


def _whereabouts(before: Before, ended: Ended, scene: Scene, home: str, active: list[str]) -> list[str]:
    found = []
    if len(active) > 1:
        found.append(f"it is active on {' and '.join(active)}")
    if not active and not ended.may_be_gone:
        found.append(f"it runs nowhere, though no fault ended it ({ended.phase})")
    if len(active) == 1 and active != [home]:
        found.append(f"{ended.phase}, but it is on {active[0]}, not on {home}")
    for host, count in scene.qemus.items():
        wanted = 1 if host in active else 0
        if count != wanted:
            found.append(f"{count} QEMUs of it on {host}, where libvirt knows {wanted}")
    return found


def _elsewhere(scene: Scene, home: str) -> list[str]:
    return [
        f"{host} still has it ({copy.state}), and it belongs to {home}"
        for host, copy in scene.copies.items()
        if host != home
    ]


def _at_home(before: Before, ended: Ended, copy: Copy | None, home: str) -> list[str]:
    if copy is None:
        lost = before.copy.persistent or not ended.may_be_gone
        return [f"{home} has no definition of it any more"] if lost else []
    found = []
    if copy.persistent != before.copy.persistent:
        found.append(f"it was {_kind(before.copy)} and is {_kind(copy)} on {home}")
    elif copy.autostart != before.copy.autostart:
        found.append(f"autostart was {before.copy.autostart} and is {copy.autostart} on {home}")
    if copy.definition != before.copy.definition:
        changed = _changed(before.copy.definition, copy.definition)
        found.append(f"its definition on {home} is not what it was before: {changed}")
    return [*found, *_state(before, ended, copy, home)]


def _changed(before: str, after: str) -> str:
    """The elements that went and came, each on a line of its own in the canonical form."""
    gone, come = (text.replace("><", ">\n<").splitlines() for text in (before, after))
    return " ".join(line for line in ndiff(gone, come) if line[:1] in "+-")


def _state(before: Before, ended: Ended, copy: Copy, home: str) -> list[str]:
    wanted = {"paused" if before.paused else "running"}
    if ended.user_paused:
        wanted = {"paused", "running"}
    if ended.may_be_gone:
        wanted.add(OFF)
    if ended.may_be_anew:
        wanted.add("running")
    found = []
    if copy.state not in wanted:
        found.append(f"it should be {' or '.join(sorted(wanted))} and is {copy.state} on {home}")
    stayed = home == before.host and copy.active and not ended.may_be_anew
    if stayed and copy.max_downtime != before.copy.max_downtime:
        found.append(f"max downtime was {before.copy.max_downtime} and is {copy.max_downtime} on {home}")
    return found


def _leftovers(before: Before, scene: Scene) -> list[str]:
    pools = [
        f"pool {pool} on {host}"
        for host, there in scene.pools.items()
        for pool in there - before.scene.pools.get(host, frozenset())
    ]
    marks = [f"a mark of Godwit's on domain {where}" for where in scene.marked]
    return [f"left behind: {what}" for what in (*marks, *pools, *scene.left)]


def _jobs(before: Before, ended: Ended, scene: Scene) -> list[str]:
    begun = scene.jobs - before.scene.jobs
    if begun > ended.attempts:
        return [f"{begun} jobs of libvirt in {ended.attempts} attempts"]
    if ended.phase == SUCCEEDED and not begun:
        return ["Succeeded, and libvirt never began a job"]
    return []


def _kind(copy: Copy) -> str:
    return "persistent" if copy.persistent else "transient"

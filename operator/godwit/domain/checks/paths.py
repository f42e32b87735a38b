"""What the definition names of the host's files beside the disks is there at the destination, too.

Serial devices and consoles in files, pipes and sockets, random devices, scripts and ROMs, the kernel and
firmware that the guest boots from: QEMU or libvirt opens them at the start, so a missing one would end the
migration there. What no agent can look at is a warning.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, not_asked, passed
from godwit.domain.image import FileKind
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reception import NVRAM_TEMPLATE, HostPath, Presence

NAME = "Paths"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per path that is missing, or that nobody could look at."""
    host = facts.destination.name
    paths = facts.reception.paths if facts.reception else None
    if paths is None:
        what = f"whether {host} has the files that VM {facts.vm.name} names"
        return not_asked(facts, NAME, what, f"by hand: `virsh dumpxml {facts.vm.name}` names them")
    if not paths:
        return not_applicable(facts.source, NAME, "the guest names no path of its host but its disks'")
    needed = tuple(path for path in paths if not (path.device == NVRAM_TEMPLATE and _has_variables(facts)))
    found = tuple(_verdict(facts, path) for path in needed if path.presence is not Presence.PRESENT)
    told = ", ".join(path.path for path in needed)
    return found or passed(facts.destination, NAME, f"{host} has {told or 'the variables already'}")


def _has_variables(facts: PreflightFacts) -> bool:
    """Then libvirt makes none, and needs nothing to make them from."""
    nvram = facts.guest.nvram
    there = facts.storage.image(nvram.path) if nvram else None
    return there is not None and there.kind is FileKind.REGULAR


def _verdict(facts: PreflightFacts, path: HostPath) -> Check:
    host, what = facts.destination.name, f"{path.device} of VM {facts.vm.name} needs {path.path}"
    if path.presence is Presence.ABSENT:
        remedy = f"put on {host} what {facts.source.name} has at {path.path}, or take it out of the guest"
        return Check(NAME, CheckResult.FAIL, host, f"{what}, and {host} does not have it", remedy)
    why = f": {path.message}" if path.message else ""
    message = f"{what}, and whether {host} has it is not known{why}"
    if path.presence is Presence.OUT_OF_SIGHT:
        remedy = f"`ls -l {path.path}` on {host}: where it is missing, the guest stays on {facts.source.name}"
        return Check(NAME, CheckResult.WARN, host, message, remedy)
    remedy = f"`ls -l {path.path}` on {host}; where it is there, set `safety.force: [{NAME}]`"
    return Check(NAME, CheckResult.NOT_RUN, host, message, remedy)


RULE = Rule(
    NAME,
    check,
    remedy="Give the destination the files that the message names, or take them out of the guest.",
    tested="tests/e2e/preflight/test_paths.py",
    unproven="whether QEMU may open what is there, and whether it is the same; that devices under /dev, "
    "sockets and pipes are there, which is a warning",
    live=True,
)

"""The guest's machine type, by its full name, is one that the destination's QEMU still has.

A newer QEMU drops old ones and an older QEMU lacks new ones; another one would be another machine for the
guest in the middle of its life. Source: `virsh capabilities` of the destination.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import passed
from godwit.domain.migration import Check, CheckResult

NAME = "MachineType"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """By the list in the destination's status, which is of its own architecture."""
    host, guest, status = facts.destination.name, facts.guest, facts.destination.status
    if not guest.machine or not status.machine_types or guest.arch != status.cpu.arch:
        return (_unknown(facts),)
    if guest.machine in status.machine_types:
        return passed(facts.destination, NAME, f"{host} has {guest.machine}")
    qemu = f" (QEMU {status.versions.qemu})" if status.versions.qemu else ""
    message = f"VM {facts.vm.name} is a {guest.machine}, which {host}{qemu} does not have"
    remedy = (
        f"`virsh domcapabilities --machine {guest.machine}` on {host} says so too: bring QEMU there to the "
        f"version of {facts.source.name}, or choose another destination"
    )
    return (Check(NAME, CheckResult.FAIL, host, message, remedy),)


def _unknown(facts: PreflightFacts) -> Check:
    host, guest, arch = facts.destination.name, facts.guest, facts.destination.status.cpu.arch
    if not guest.machine:
        message = f"the machine type of VM {facts.vm.name} is not known"
    elif guest.arch != arch and arch:
        message = f"which machine types of {guest.arch or '?'} {host} has is not known: it is a {arch} host"
    else:
        message = f"which machine types {host} has is not known: its agent has told none"
    remedy = (
        f"see whether `virsh domcapabilities --arch {guest.arch or '?'} --machine {guest.machine or '?'}` is "
        f"answered on {host}; then it may be forced"
    )
    return Check(NAME, CheckResult.NOT_RUN, host, message, remedy)


RULE = Rule(
    NAME,
    check,
    remedy="Choose a destination whose QEMU has the guest's machine type.",
    tested="tests/e2e/older/test_machine_type.py",
)

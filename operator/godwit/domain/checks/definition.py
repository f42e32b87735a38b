"""The destination's libvirt and QEMU take the guest's definition: every device, machine type and path in it.

libvirt itself would find out in the middle of the migration, and name one thing at a time. The destination
makes the command line of its QEMU from the live definition (`virsh domxml-to-native`), which parses and
checks it, and defines nothing.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reception import MOST_DEFINITION

NAME = "Definition"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails with libvirt's own words."""
    host, name = facts.destination.name, facts.vm.name
    refusal = facts.reception.refusal if facts.reception else None
    if refusal is None:
        message = f"whether {host} takes the definition of VM {name} is not known: it was not asked"
        remedy = (
            f"a definition of more than {MOST_DEFINITION >> 10} KiB is not sent there: see `virsh dumpxml "
            f"{name}`; otherwise see the log of the agent on {host}"
        )
        return (Check(NAME, CheckResult.NOT_RUN, host, message, remedy),)
    if not refusal:
        return (Check(NAME, CheckResult.PASS, host),)
    remedy = f"`virsh domxml-to-native qemu-argv` on {host} says so too of what `virsh dumpxml {name}` tells"
    return (
        Check(NAME, CheckResult.FAIL, host, f"libvirt on {host} refuses the definition: {refusal}", remedy),
    )


RULE = Rule(
    NAME,
    check,
    remedy="Give the destination what the message names, or take it out of the guest.",
    tested="tests/e2e/preflight/test_definition.py",
    unproven="that what the definition names is there: bridges, networks, files, addresses, CPUs to pin to; "
    "and CPU features. libvirt 11.3 does refuse a machine type, CPU model, emulator, NUMA node, size of huge "
    "pages, secret, TPM and secret memory that it can't give",
    live=True,
)

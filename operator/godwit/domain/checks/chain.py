"""The preflight: every check in one chain, all run, all told. A new check is one file and one line here."""

from godwit.domain.checks import (
    agent_version,
    agents_ready,
    backing_chain,
    block_jobs,
    cdrom,
    client_certificate,
    clock,
    copy_list,
    cpu,
    definition,
    destination_image,
    devices,
    disks,
    encryption,
    graphics,
    guest_agent,
    host_cpu,
    hugepages,
    image_access,
    known_bugs,
    libvirt_version,
    machine_type,
    maintenance,
    memory,
    memory_lock,
    migration_address,
    migration_port,
    mtu,
    network_segment,
    networks,
    no_job,
    no_namesake,
    node_schedulable,
    not_the_same_host,
    numa,
    paths,
    permissions,
    pinning,
    qemu_certificates,
    qemu_version,
    reachable,
    safe_storage,
    snapshots,
    space,
    time_stamp_counter,
    tls,
    tpm,
    vcpus,
    vm_found_once,
    vm_runs,
)
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule, reason_of
from godwit.domain.migration import Check
from godwit.domain.reasons import Reason

CHAIN: tuple[Rule, ...] = (
    vm_found_once.RULE,
    vm_runs.RULE,
    no_job.RULE,
    not_the_same_host.RULE,
    no_namesake.RULE,
    agents_ready.RULE,
    agent_version.RULE,
    node_schedulable.RULE,
    maintenance.RULE,
    libvirt_version.RULE,
    qemu_version.RULE,
    known_bugs.RULE,
    migration_address.RULE,
    devices.RULE,
    machine_type.RULE,
    tpm.RULE,
    guest_agent.RULE,
    graphics.RULE,
    paths.RULE,
    reachable.RULE,
    migration_port.RULE,
    tls.RULE,
    client_certificate.RULE,
    qemu_certificates.RULE,
    clock.RULE,
    definition.RULE,
    permissions.RULE,
    vcpus.RULE,
    pinning.RULE,
    memory.RULE,
    numa.RULE,
    hugepages.RULE,
    memory_lock.RULE,
    networks.RULE,
    mtu.RULE,
    network_segment.RULE,
    cpu.RULE,
    host_cpu.RULE,
    time_stamp_counter.RULE,
    snapshots.RULE,
    block_jobs.RULE,
    disks.RULE,
    safe_storage.RULE,
    copy_list.RULE,
    backing_chain.RULE,
    encryption.RULE,
    cdrom.RULE,
    destination_image.RULE,
    image_access.RULE,
    space.RULE,
)
FORCIBLE = tuple(rule.name for rule in CHAIN if not rule.veto)
"""What `safety.force` may name: the CRD's list is made from it."""


def run(facts: PreflightFacts, forced: frozenset[str] = frozenset()) -> tuple[Check, ...]:
    """The verdicts of all checks, in the chain's order."""
    return tuple(verdict for rule in CHAIN for verdict in rule.run(facts, forced))


def run_facts(facts: PreflightFacts, forced: frozenset[str] = frozenset()) -> tuple[Check, ...]:
    """The same about a destination that was not inspected: what judges its own answers has not run."""
    return tuple(
        verdict
        for rule in CHAIN
        for verdict in ((rule.not_inspected(facts),) if rule.live else rule.run(facts, forced))
    )


def reason(stopping: tuple[Check, ...]) -> Reason:
    """With which a migration ends that these verdicts stop."""
    return reason_of(stopping, CHAIN)

"""The preflight: every check in one chain, all run, all told. A new check is one file and one line here."""

from collections.abc import Callable

from godwit.domain.checks import (
    agents_ready,
    backing_chain,
    block_jobs,
    cdrom,
    copy_list,
    destination_image,
    disks,
    encryption,
    libvirt_version,
    migration_address,
    no_job,
    no_namesake,
    not_the_same_host,
    snapshots,
    space,
    vm_found_once,
    vm_runs,
)
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.migration import Check

CHAIN: tuple[Callable[[PreflightFacts], tuple[Check, ...]], ...] = (
    vm_found_once.check,
    vm_runs.check,
    no_job.check,
    not_the_same_host.check,
    no_namesake.check,
    agents_ready.check,
    libvirt_version.check,
    migration_address.check,
    snapshots.check,
    block_jobs.check,
    disks.check,
    copy_list.check,
    backing_chain.check,
    encryption.check,
    cdrom.check,
    destination_image.check,
    space.check,
)


def run(facts: PreflightFacts) -> tuple[Check, ...]:
    """The verdicts of all checks, in the chain's order."""
    return tuple(verdict for check in CHAIN for verdict in check(facts))

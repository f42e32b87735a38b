"""Which domain on which host a VMMigration means, from what the Hypervisors list.

A VM is "nowhere" or "once" only if every hypervisor that may have it answers: one that is not Ready, or has
not told anything yet, makes the answer unknown.
"""

from godwit.domain.guest import DomainState, DomainSummary, Job
from godwit.domain.host import Hypervisor
from godwit.domain.migration import HypervisorSelector, MigrationSpec, VMSelector
from godwit.domain.reasons import Reason
from godwit.domain.task import VMIdentity
from godwit.domain.value import Value


class Found(Value):
    """The VM and the host that it is on."""

    vm: VMIdentity
    source: HypervisorSelector


class NotFound(Value):
    """Why there is no answer; `final` when waiting will not change it."""

    reason: Reason
    message: str
    final: bool


Listing = tuple[Hypervisor, DomainSummary]


def identify(spec: MigrationSpec, hypervisors: tuple[Hypervisor, ...]) -> VMIdentity | NotFound:
    """Which VM is meant, wherever it is: while it moves, nobody can tell its place."""
    wanted = spec.source.hypervisor if spec.source else None
    listings = [(host, domain) for host in hypervisors for domain in _listed(host, spec.vm)]
    at_source = [listing for listing in listings if wanted in (None, listing[0].name)]
    meant = {domain.uuid: domain for _, domain in at_source or listings}
    if len(meant) != 1 or any(not host.ready for host, _ in listings):
        found = resolve(spec, hypervisors)
        return found.vm if isinstance(found, Found) else found
    [domain] = meant.values()
    return VMIdentity(name=domain.name, uuid=domain.uuid)


def resolve(spec: MigrationSpec, hypervisors: tuple[Hypervisor, ...]) -> Found | NotFound:
    """The one place of the VM, or why there is none."""
    if not hypervisors:
        why = "there is no hypervisor yet: label a node so that it gets an agent. Waiting for one"
        return NotFound(Reason.VM_UNKNOWN, f"where VM {spec.vm} is can't be known: {why}", final=False)
    wanted = spec.source.hypervisor if spec.source else None
    if wanted and wanted not in {hypervisor.name for hypervisor in hypervisors}:
        return _no_such_host(wanted, "source", hypervisors)
    listings = [(host, domain) for host in hypervisors for domain in _listed(host, spec.vm)]
    at_source = [listing for listing in listings if wanted in (None, listing[0].name)]
    silent = [host for host, _ in listings if not host.ready]
    if silent:
        return _unknown(spec.vm, silent[0], "it was last seen there")
    if len({domain.uuid for _, domain in at_source}) > 1 or len(at_source) > 1:
        return _ambiguous(spec.vm, at_source)
    if at_source:
        return _once(spec.vm, at_source[0], listings)
    arriving = [host for host in hypervisors if _receives(host, spec.vm)]
    if arriving and not listings:
        return _unknown(spec.vm, arriving[0], "a migration is bringing it there")
    quiet = [host for host in hypervisors if wanted in (None, host.name) and not _has_told(host)]
    if quiet:
        return _unknown(spec.vm, quiet[0], "it has not said yet which VMs it has")
    return _nowhere(spec.vm, wanted, listings, hypervisors)


def unknown_host(spec: MigrationSpec, hypervisors: tuple[Hypervisor, ...]) -> NotFound | None:
    """A host that the spec names and that is none; None as long as it is not known which there are."""
    named = {"destination": spec.destination.hypervisor} if spec.destination.hypervisor else {}
    if spec.source:
        named["source"] = spec.source.hypervisor
    known = {hypervisor.name for hypervisor in hypervisors}
    unknown = [(name, role) for role, name in named.items() if known and name not in known]
    return _no_such_host(*unknown[0], hypervisors) if unknown else None


def destination(spec: MigrationSpec, hypervisors: tuple[Hypervisor, ...]) -> NotFound | None:
    """Why the named destination can't be one; None when it can, or when none is named."""
    name = spec.destination.hypervisor
    if name is None:
        return None
    found = next((host for host in hypervisors if host.name == name), None)
    if found is None:
        return _no_such_host(name, "destination", hypervisors)
    if not found.ready:
        return NotFound(
            Reason.HYPERVISOR_NOT_READY,
            f"destination {name} is NotReady: its agent does not renew its Lease. Waiting for it: see "
            f"`kubectl get hypervisor {name}` and the agent's pod on that node",
            final=False,
        )
    if not found.has_told:
        return NotFound(
            Reason.HYPERVISOR_NOT_READY,
            f"destination {name} has not said yet what it is. Waiting for it: see the log of the agent there",
            final=False,
        )
    return None


def _listed(host: Hypervisor, vm: VMSelector) -> list[DomainSummary]:
    """Those that are meant; the copy that an incoming migration fills is no place of the VM yet."""
    return [domain for domain in _meant(host, vm) if domain.job is not Job.MIGRATION_IN]


def _receives(host: Hypervisor, vm: VMSelector) -> bool:
    """It fills such a copy, or did so when it last told."""
    return any(domain.job is Job.MIGRATION_IN for domain in _meant(host, vm))


def _meant(host: Hypervisor, vm: VMSelector) -> list[DomainSummary]:
    if vm.uuid:
        return [domain for domain in host.status.domains if domain.uuid == vm.uuid]
    return [domain for domain in host.status.domains if domain.name == vm.name]


def _has_told(host: Hypervisor) -> bool:
    return host.ready and host.has_told


def _once(vm: VMSelector, listing: Listing, everywhere: list[Listing]) -> Found | NotFound:
    """Found, unless the same VM runs on a second host as well: then nobody may touch it."""
    host, domain = listing
    twins = [
        (other, twin)
        for other, twin in everywhere
        if other.name != host.name and twin.uuid == domain.uuid and twin.state is DomainState.RUNNING
    ]
    if twins:
        return _ambiguous(vm, [listing, *twins])
    identity = VMIdentity(name=domain.name, uuid=domain.uuid)
    return Found(identity, HypervisorSelector(hypervisor=host.name))


def _ambiguous(vm: VMSelector, listings: list[Listing]) -> NotFound:
    places = " and ".join(
        f"{host.name} ({domain.state.lower()}, uuid {domain.uuid})" for host, domain in listings
    )
    return NotFound(
        Reason.VM_AMBIGUOUS,
        f"VM {vm} is on {places}. Say which one in a new VMMigration, by vm.uuid or by source.hypervisor; or "
        "remove the one that should not be there first",
        final=True,
    )


def _unknown(vm: VMSelector, host: Hypervisor, why: str) -> NotFound:
    return NotFound(
        Reason.VM_UNKNOWN,
        f"where VM {vm} is can't be known: hypervisor {host.name} "
        f"{'does not tell yet' if host.ready else 'is NotReady'}, and {why}. Waiting for it: see "
        f"`kubectl get hypervisor {host.name}` and the agent's pod on that node",
        final=False,
    )


def _nowhere(
    vm: VMSelector, wanted: str | None, listings: list[Listing], hypervisors: tuple[Hypervisor, ...]
) -> NotFound:
    if wanted and listings:
        there = " and ".join(host.name for host, _ in listings)
        return NotFound(
            Reason.VM_NOT_FOUND,
            f"VM {vm} is not on {wanted}, which source.hypervisor names, but on {there}. "
            "Create a new VMMigration that names that one, or leaves source out",
            final=True,
        )
    names = ", ".join(host.name for host in hypervisors)
    listed = f"virsh list --all{' --uuid' if vm.uuid else ''}"
    return NotFound(
        Reason.VM_NOT_FOUND,
        f"VM {vm} is on no hypervisor (there are: {names}). Compare `{listed}` on the host that has it: "
        "names are case-sensitive",
        final=True,
    )


def _no_such_host(name: str, role: str, hypervisors: tuple[Hypervisor, ...]) -> NotFound:
    names = ", ".join(host.name for host in hypervisors)
    return NotFound(
        Reason.HYPERVISOR_NOT_FOUND,
        f"{role} {name} is no hypervisor. There are: {names}. Name one of them in a new VMMigration",
        final=True,
    )

"""Both hosts confine guests alike: the same security models, and QEMU runs as the same user and group.

Otherwise the destination's QEMU may not open a shared image that the source's can, or changes its owner under
the source's feet. Source: openEuler's guide ("the same resource permissions"); libvirt's capabilities,
`<secmodel>` with its `<baselabel>` for the guest's type.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import owner, passed
from godwit.domain.host import Hypervisor
from godwit.domain.migration import Check, CheckResult

NAME = "Permissions"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per model that differs, naming both hosts' ways."""
    hosts, placement = (facts.source, facts.destination), facts.guest.placement
    unknown = [host.name for host in hosts if not host.status.security]
    if placement is None and facts.source.name not in unknown:
        unknown.insert(0, facts.source.name)
    if placement is None or unknown:
        message = f"how libvirt confines its guests is not known of {' and '.join(unknown)}"
        remedy = f"upgrade the agent on {' and '.join(unknown)}"
        return (Check(NAME, CheckResult.NOT_RUN, facts.destination.name, message, remedy),)
    here, there = (_labels(host, placement.virt_type) for host in hosts)
    found = tuple(
        _differs(facts, model, here.get(model), there.get(model))
        for model in sorted(here.keys() | there.keys())
        if here.get(model) != there.get(model)
        and not (model in placement.fixed_labels and model in here and model in there)
    )
    return found or passed(facts.destination, NAME, ", ".join(sorted(here)))


def _labels(host: Hypervisor, virt_type: str) -> dict[str, str]:
    """By model; the label is empty where the model has none. Confining nothing is no model."""
    return {
        entry.model: entry.base_label
        for entry in host.status.security
        if entry.virt_type in ("", virt_type) and entry.model != "none"
    }


def _differs(facts: PreflightFacts, model: str, here: str | None, there: str | None) -> Check:
    source, destination = facts.source.name, facts.destination.name
    message = f"{model} is {_text(here)} on {source} and {_text(there)} on {destination}"
    if model == "dac":
        what = "`user` and `group` (numbers are sure) in /etc/libvirt/qemu.conf"
    else:
        what = "`security_driver` in /etc/libvirt/qemu.conf, and the host's own policy,"
    remedy = f"make {what} the same on both hosts, and restart libvirtd (or virtqemud) there"
    return Check(NAME, CheckResult.FAIL, destination, message, remedy)


def _text(label: str | None) -> str:
    return "not there" if label is None else owner(label) or "there, without a label"


RULE = Rule(
    NAME,
    check,
    remedy="Make user, group and security_driver in /etc/libvirt/qemu.conf the same on both hosts.",
    tested="tests/e2e/preflight/test_permissions.py",
    unproven="that the numbers mean the same users on a server of shared storage",
)

"""A guest with a virtual TPM finds one at the destination, and the secret of its state, too.

libvirt moves the state with the guest, from swtpm to swtpm. Without swtpm there it would fail after all the
memory was copied. Source: libvirt's documentation of `<tpm>`, `virsh domcapabilities`.
"""

from collections.abc import Iterator

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed
from godwit.domain.equipment import TPM
from godwit.domain.migration import Check, CheckResult

NAME = "TPM"
_PASSED_THROUGH = "passthrough"
_EMULATOR = "emulator"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per thing that is missing there. The host's own TPM is a matter of the check `Devices`."""
    tpm = facts.guest.equipment.tpm if facts.guest.equipment else None
    if tpm is None or tpm.backend == _PASSED_THROUGH:
        return not_applicable(facts.source, NAME, "the guest has no virtual TPM")
    found = tuple(_missing(facts, tpm))
    return found or passed(facts.destination, NAME, f"{facts.destination.name} can give it {_named(tpm)}")


def _missing(facts: PreflightFacts, tpm: TPM) -> Iterator[Check]:
    host, name, offered = facts.destination.name, facts.vm.name, facts.destination.status.tpm_backends
    if offered is None:
        message = f"whether {host} can give VM {name} {_named(tpm)} is not known: its agent does not tell"
        remedy = f"see `<tpm>` in what `virsh domcapabilities` on {host} prints; then it may be forced"
        yield Check(NAME, CheckResult.NOT_RUN, host, message, remedy)
    elif tpm.backend not in offered:
        message = f"VM {name} has {_named(tpm)}, and libvirt on {host} offers {_list(offered)}"
        remedy = f"install swtpm and swtpm-tools on {host} and restart its libvirtd (virtqemud)"
        yield Check(NAME, CheckResult.FAIL, host, message, remedy)
    if tpm.secret and tpm.secret not in facts.destination.status.secrets:
        message = f"the state of the TPM of VM {name} is encrypted, and {host} has no secret {tpm.secret}"
        remedy = f"`virsh secret-define` and `virsh secret-set-value` it on {host}"
        yield Check(NAME, CheckResult.FAIL, host, message, remedy)


def _named(tpm: TPM) -> str:
    return "an emulated TPM" if tpm.backend == _EMULATOR else f"a TPM whose backend is {tpm.backend}"


def _list(offered: tuple[str, ...]) -> str:
    return f"only {', '.join(offered)}" if offered else "none"


RULE = Rule(
    NAME,
    check,
    remedy="Install swtpm at the destination, and define the secret of the TPM's state there.",
    tested="tests/e2e/preflight/test_tpm.py",
    unproven="that swtpm there is not older than at the source; a state that lies on storage which both "
    "hosts share moves only with a swtpm that can do that (0.8 and later)",
)

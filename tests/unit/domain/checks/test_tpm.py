from msgspec.structs import replace

from godwit.domain.checks import tpm
from godwit.domain.equipment import TPM, Equipment
from godwit.domain.migration import Check, CheckResult

from ..builders import FACTS, HOSTS, facts

EMULATED = TPM("emulator")


def verdicts(
    has: TPM | None, offered: tuple[str, ...] | None = ("passthrough", "emulator"), *secrets: str
) -> tuple[Check, ...]:
    status = replace(HOSTS[1].status, tpm_backends=offered, secrets=secrets)
    guest = replace(FACTS, equipment=Equipment(tpm=has))
    return tpm.check(replace(facts(), guest=guest, destination=replace(HOSTS[1], status=status)))


def test_a_guest_without_a_tpm_or_with_its_hosts_own_needs_none() -> None:
    for has in (None, TPM("passthrough")):
        [verdict] = verdicts(has)
        assert verdict.result is CheckResult.NOT_APPLICABLE


def test_swtpm_on_both_sides_passes() -> None:
    [verdict] = verdicts(EMULATED)
    assert verdict.result is CheckResult.PASS


def test_a_destination_without_swtpm_is_told() -> None:
    for offered, words in ((("passthrough",), "offers only passthrough"), ((), "offers none")):
        [verdict] = verdicts(EMULATED, offered)
        assert verdict.result is CheckResult.FAIL
        assert f"VM vm1 has an emulated TPM, and libvirt on host2 {words}" == verdict.message
        assert "install swtpm" in verdict.remedy


def test_a_missing_secret_of_its_state_is_told_beside() -> None:
    missing, secret = verdicts(TPM("emulator", "0000"), ())
    assert missing.result is secret.result is CheckResult.FAIL
    assert "host2 has no secret 0000" in secret.message
    assert "virsh secret-define" in secret.remedy
    [there] = verdicts(TPM("emulator", "0000"), ("emulator",), "0000")
    assert there.result is CheckResult.PASS


def test_what_an_older_agent_does_not_tell_is_no_pass() -> None:
    [verdict] = verdicts(EMULATED, None)
    assert verdict.result is CheckResult.NOT_RUN
    assert "its agent does not tell" in verdict.message


def test_another_backend_is_told_by_its_name() -> None:
    [verdict] = verdicts(TPM("external"), ("emulator",))
    assert "a TPM whose backend is external" in verdict.message

import pytest
from msgspec.structs import replace

from godwit.domain.checks import paths
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reception import HostPath, Presence, Reception

from ..builders import TAKEN, facts

KERNEL = HostPath("kernel", "/boot/vmlinuz", Presence.PRESENT)
CONSOLE = HostPath("serial", "/var/log/vms", Presence.ABSENT)
TTY = HostPath("serial", "/dev/ttyS0", Presence.UNKNOWN, "nobody looks for anything in /dev")


def verdicts(*named: HostPath) -> tuple[Check, ...]:
    return paths.check(replace(facts(), reception=replace(TAKEN, paths=named)))


def test_a_guest_that_names_none_is_told_so() -> None:
    [verdict] = verdicts()
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_paths_that_are_there_pass_by_name() -> None:
    [verdict] = verdicts(KERNEL)
    assert verdict.result is CheckResult.PASS
    assert verdict.message == "host2 has /boot/vmlinuz"


def test_each_that_is_missing_or_unknown_is_told_with_what_names_it() -> None:
    missing, unknown = verdicts(KERNEL, CONSOLE, TTY)
    assert missing.result is CheckResult.FAIL
    assert missing.message == "serial of VM vm1 needs /var/log/vms, and host2 does not have it"
    assert "what host1 has at /var/log/vms" in missing.remedy
    assert unknown.result is CheckResult.NOT_RUN
    assert "whether host2 has it is not known: nobody looks for anything in /dev" in unknown.message
    assert unknown.remedy == "`ls -l /dev/ttyS0` on host2; where it is there, set `safety.force: [Paths]`"


@pytest.mark.parametrize("reception", [None, Reception(refusal="")], ids=["not asked", "older agent"])
def test_what_was_not_asked_is_no_pass(reception: Reception | None) -> None:
    [verdict] = paths.check(replace(facts(), reception=reception))
    assert verdict.result is CheckResult.NOT_RUN
    assert "it was not asked" in verdict.message

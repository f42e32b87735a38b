import pytest
from msgspec.structs import replace

from godwit.domain.checks import paths
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reception import NVRAM_TEMPLATE, HostPath, Presence, Reception

from ..builders import FACTS, TAKEN, facts

KERNEL = HostPath("kernel", "/boot/vmlinuz", Presence.PRESENT)
CONSOLE = HostPath("serial", "/var/log/vms", Presence.ABSENT)
TTY = HostPath("serial", "/dev/ttyS0", Presence.OUT_OF_SIGHT, "nobody looks for anything in /dev")
ROM = HostPath("rom", "/srv/rom", Presence.UNKNOWN, "a pool is off")
TEMPLATE = HostPath(NVRAM_TEMPLATE, "/fw/vars.fd", Presence.ABSENT)


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
    missing, out_of_sight, unknown = verdicts(KERNEL, CONSOLE, TTY, ROM)
    assert missing.result is CheckResult.FAIL
    assert missing.message == "serial of VM vm1 needs /var/log/vms, and host2 does not have it"
    assert "what host1 has at /var/log/vms" in missing.remedy
    assert out_of_sight.result is CheckResult.WARN
    assert "whether host2 has it is not known: nobody looks for anything in /dev" in out_of_sight.message
    assert out_of_sight.remedy == "`ls -l /dev/ttyS0` on host2: where it is missing, the guest stays on host1"
    assert unknown.result is CheckResult.NOT_RUN
    assert "whether host2 has it is not known: a pool is off" in unknown.message
    assert unknown.remedy == "`ls -l /srv/rom` on host2; where it is there, set `safety.force: [Paths]`"


@pytest.mark.parametrize(
    ("kind", "result"), [(FileKind.ABSENT, CheckResult.FAIL), (FileKind.REGULAR, CheckResult.PASS)]
)
def test_a_template_is_needed_where_the_variables_have_to_be_made(
    kind: FileKind, result: CheckResult
) -> None:
    there = ImageFacts("/nvram/vm1.fd", kind)
    guest = replace(FACTS, nvram=ImageFacts("/nvram/vm1.fd", FileKind.REGULAR))
    known = facts()
    storage = replace(known.storage, guest=guest, images=(there,))
    reception = replace(TAKEN, paths=(TEMPLATE,))
    [verdict] = paths.check(replace(known, guest=guest, storage=storage, reception=reception))
    assert verdict.result is result


@pytest.mark.parametrize("reception", [None, Reception(refusal="")], ids=["not asked", "older agent"])
def test_what_was_not_asked_is_no_pass(reception: Reception | None) -> None:
    [verdict] = paths.check(replace(facts(), reception=reception))
    assert verdict.result is CheckResult.NOT_RUN
    assert "it was not asked" in verdict.message

import pytest
from msgspec.structs import replace

from godwit.domain.checks import definition
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reception import Reception

from ..builders import facts


def verdict(reception: Reception | None) -> Check:
    [found] = definition.check(replace(facts(), reception=reception))
    return found


def test_a_definition_that_is_taken_passes() -> None:
    assert verdict(Reception(refusal="")).result is CheckResult.PASS


def test_a_refusal_is_told_in_libvirts_own_words() -> None:
    refused = verdict(Reception(refusal="unsupported configuration: no such CPU"))
    assert (refused.result, refused.host) == (CheckResult.FAIL, "host2")
    assert refused.message == (
        "libvirt on host2 refuses the definition: unsupported configuration: no such CPU"
    )
    assert "`virsh domxml-to-native qemu-argv` on host2" in refused.remedy


@pytest.mark.parametrize("reception", [None, Reception()], ids=["not asked", "no answer"])
def test_what_was_not_asked_is_no_pass_and_says_how_long_a_definition_may_be(
    reception: Reception | None,
) -> None:
    unknown = verdict(reception)
    assert unknown.result is CheckResult.NOT_RUN
    assert "host2" in unknown.message
    assert "more than 256 KiB is not sent there: see `virsh dumpxml vm1`" in unknown.remedy

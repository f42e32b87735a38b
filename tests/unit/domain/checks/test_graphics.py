import pytest
from msgspec.structs import replace

from godwit.domain.checks import graphics
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reception import Listener, Listening, Reception

from ..builders import TAKEN, facts

VNC = Listener("vnc", "10.0.0.1", Listening.POSSIBLE)
SPICE = Listener("spice", "fd00::1", Listening.POSSIBLE, port=5901)


def verdicts(*listeners: Listener) -> tuple[Check, ...]:
    return graphics.check(replace(facts(), reception=replace(TAKEN, listeners=listeners)))


def test_a_screen_that_asks_for_nothing_of_its_own_is_told_so() -> None:
    [verdict] = verdicts()
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_addresses_and_ports_that_are_free_pass() -> None:
    [verdict] = verdicts(VNC, SPICE)
    assert verdict.result is CheckResult.PASS
    assert verdict.message == "vnc 10.0.0.1, spice [fd00::1]:5901 is free on host2"


def test_an_address_of_another_host_is_told() -> None:
    [verdict] = verdicts(replace(VNC, listening=Listening.NO_SUCH_ADDRESS), SPICE)
    assert (verdict.result, verdict.host) == (CheckResult.FAIL, "host2")
    assert verdict.message.endswith("of VM vm1 listens at vnc 10.0.0.1, and host2 has no address 10.0.0.1")
    assert "`virsh edit vm1`" in verdict.remedy


def test_a_port_that_is_taken_is_told_and_who_has_it_can_be_found() -> None:
    [verdict] = verdicts(replace(SPICE, listening=Listening.PORT_TAKEN))
    assert verdict.result is CheckResult.FAIL
    assert "spice [fd00::1]:5901, and on host2 that port is taken" in verdict.message
    assert "`ss -ltnp 'sport = :5901'`" in verdict.remedy


def test_a_name_that_nobody_looked_up_is_a_warning() -> None:
    [verdict] = verdicts(Listener("vnc", "screens.example", Listening.UNKNOWN))
    assert verdict.result is CheckResult.WARN
    assert "screens.example" in verdict.message


@pytest.mark.parametrize("reception", [None, Reception(refusal="")], ids=["not asked", "older agent"])
def test_what_was_not_asked_is_no_pass(reception: Reception | None) -> None:
    [verdict] = graphics.check(replace(facts(), reception=reception))
    assert verdict.result is CheckResult.NOT_RUN
    assert "host2" in verdict.remedy

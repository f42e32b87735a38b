import re

import pytest
from msgspec.structs import replace

from godwit.domain.checks.chain import CHAIN, FORCIBLE, reason
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reasons import Reason

from ...crd.definitions import REPOSITORY
from ..builders import facts

VETOES = {
    "VMFoundOnce",
    "NoJob",
    "NotTheSameHost",
    "NoNamesake",
    "AgentReady",
    "MigrationAddress",
    "Disks",
    "CopyList",
    "BackingChain",
    "Encryption",
    "CDROM",
    "DestinationImage",
    "Devices",
}
"""Section 6 of the design. A disk's layers, secret and medium are parts of "disks classified and proven";
without an address the source would be its own destination, and without an agent there is no evidence."""


def rule(result: CheckResult, veto: Reason | None = None) -> Rule:
    def judge(_: PreflightFacts) -> tuple[Check, ...]:
        return (Check("Odd", result, "host2", "it is odd"),)

    return Rule("Odd", judge, remedy="make it even", tested="here", veto=veto)


@pytest.mark.parametrize("result", [CheckResult.FAIL, CheckResult.NOT_RUN])
def test_a_check_that_is_forced_does_not_stop_and_still_says_what_it_found(result: CheckResult) -> None:
    [verdict] = rule(result).run(facts(), frozenset({"Odd"}))
    assert (verdict.result, verdict.message, verdict.forced) == (result, "it is odd", True)
    assert not verdict.stops


def test_what_passes_was_not_forced() -> None:
    [verdict] = rule(CheckResult.PASS).run(facts(), frozenset({"Odd"}))
    assert not verdict.forced


def test_a_veto_is_never_forced_whatever_the_spec_says() -> None:
    [verdict] = rule(CheckResult.FAIL, Reason.NAMESAKE).run(facts(), frozenset({"Odd"}))
    assert verdict.stops


def test_forcing_one_check_forces_no_other() -> None:
    [verdict] = rule(CheckResult.FAIL).run(facts(), frozenset({"Even"}))
    assert verdict.stops


def failed(*names: str) -> tuple[Check, ...]:
    return tuple(Check(name, CheckResult.FAIL) for name in names)


def test_the_reason_is_that_of_the_first_veto_that_failed() -> None:
    assert reason(failed("Space", "NoNamesake", "Disks")) is Reason.NAMESAKE


def test_without_a_veto_the_reason_is_that_checks_failed() -> None:
    assert reason(failed("Space", "Snapshots")) is Reason.CHECKS_FAILED


def test_a_veto_that_could_not_run_gives_no_reason_of_its_own() -> None:
    unknown = Check("NotTheSameHost", CheckResult.NOT_RUN)
    assert reason((unknown,)) is Reason.CHECKS_FAILED


def test_the_vetoes_are_those_of_the_design_and_everything_else_may_be_forced() -> None:
    assert {found.name for found in CHAIN if found.veto} == VETOES
    assert set(FORCIBLE) == {found.name for found in CHAIN} - VETOES


@pytest.mark.parametrize("found", CHAIN, ids=lambda found: found.name)
def test_each_check_says_what_it_protects_from_what_to_do_and_how_it_was_tested(found: Rule) -> None:
    assert found.protects_from.endswith(".")
    assert found.remedy.endswith(".")
    assert found.tested


@pytest.mark.parametrize("found", CHAIN, ids=lambda found: found.name)
def test_the_test_on_real_hosts_that_a_check_names_is_there_and_names_the_check(found: Rule) -> None:
    files = [REPOSITORY / name for name in re.findall(r"\btests/[\w/]+\.py", found.tested)]
    assert [file for file in files if not file.is_file()] == []
    if found.tested.startswith("tests/"):
        assert re.search(rf"\b{found.name}\b", files[0].read_text())


def test_each_check_gives_its_verdicts_under_its_own_name() -> None:
    for found in CHAIN:
        verdicts = found.run(facts(), frozenset())
        assert {verdict.name for verdict in verdicts} == {found.name}


def test_a_verdict_that_stops_names_its_host_says_why_and_what_to_do() -> None:
    bare = replace(facts(), reception=None)
    stopping = [each for found in CHAIN for each in found.run(bare, frozenset()) if each.stops]
    assert stopping
    assert all(each.host and each.message and each.remedy for each in stopping)

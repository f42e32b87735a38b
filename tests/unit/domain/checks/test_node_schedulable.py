from msgspec.structs import replace

from godwit.domain.checks import node_schedulable
from godwit.domain.host import HostNode
from godwit.domain.migration import Check, CheckResult

from ..builders import facts, host


def verdicts(node: HostNode | None) -> tuple[Check, ...]:
    return node_schedulable.check(replace(facts(), destination=replace(host("host2"), node=node)))


def test_a_node_that_takes_new_work_passes() -> None:
    assert [each.result for each in verdicts(HostNode())] == [CheckResult.PASS]


def test_a_cordoned_node_fails_with_the_command_that_uncordons_it() -> None:
    [found] = verdicts(HostNode(cordoned=True))
    assert (found.result, found.host) == (CheckResult.FAIL, "host2")
    assert "node host2 is cordoned" in found.message
    assert "kubectl uncordon host2" in found.remedy


def test_a_node_that_is_deleted_fails_and_both_reasons_are_told() -> None:
    found = verdicts(HostNode(cordoned=True, deleting=True))
    assert [each.result for each in found] == [CheckResult.FAIL, CheckResult.FAIL]
    assert "being deleted" in found[1].message


def test_a_host_without_a_node_is_not_a_pass() -> None:
    [found] = verdicts(None)
    assert found.result is CheckResult.NOT_RUN
    assert "host2" in found.message


def test_a_cordoned_source_is_what_one_moves_away_from() -> None:
    source = replace(host("host1"), node=HostNode(cordoned=True))
    [found] = node_schedulable.check(replace(facts(), source=source))
    assert found.result is CheckResult.PASS

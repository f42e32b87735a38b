from msgspec.structs import replace

from godwit.domain.checks import numa
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.host import NUMANode
from godwit.domain.migration import CheckResult
from godwit.domain.placement import CellBinding, Placement

from ..builders import FACTS, HOSTS, facts


def of(*bound: CellBinding, cells: tuple[int, ...] = (0, 2)) -> PreflightFacts:
    status = replace(HOSTS[1].status, numa=tuple(NUMANode(cell) for cell in cells))
    return replace(
        facts(),
        guest=replace(FACTS, placement=Placement(cells=bound)),
        destination=replace(HOSTS[1], status=status),
    )


def test_memory_that_is_not_bound_comes_from_anywhere() -> None:
    [verdict] = numa.check(of(cells=()))
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_cells_that_are_there_pass() -> None:
    [verdict] = numa.check(of(CellBinding("its memory", "0,2")))
    assert verdict.result is CheckResult.PASS


def test_each_binding_to_a_cell_that_is_not_there_is_told() -> None:
    bound = (
        CellBinding("its memory", "0-3"),
        CellBinding("the memory of its cell 0", "1", "preferred"),
        CellBinding("the memory of its cell 1", "2"),
    )
    first, second = numa.check(of(*bound))
    assert first.message == "its memory is bound (strict) to cell 1,3, host2 has 0,2"
    assert second.message == "the memory of its cell 0 is bound (preferred) to cell 1, host2 has 0,2"
    assert first.stops
    assert "virsh numatune" in first.remedy


def test_an_older_agent_on_either_host_is_named() -> None:
    [there] = numa.check(of(CellBinding("its memory", "0"), cells=()))
    [here] = numa.check(replace(facts(), guest=replace(FACTS, placement=None)))
    assert {there.result, here.result} == {CheckResult.NOT_RUN}
    assert ("host2" in there.message, "host1" in here.message) == (True, True)

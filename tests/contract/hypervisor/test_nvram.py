import pytest

from godwit.domain.guest import DomainState
from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import HypervisorError

from .copies_asked import CopyWorld
from .worlds import UUID


@pytest.mark.parametrize("delete", [False, True], ids=["kept", "deleted"])
async def test_the_firmwares_variables_go_with_the_definition_only_when_it_is_said(
    copies: CopyWorld, delete: bool
) -> None:
    await copies.start_with(nvram=True)
    await copies.shut_off()
    for _ in range(2):
        await copies.source.removal.undefine(UUID, delete_nvram=delete)
    assert (await copies.source.guests.look(UUID)).state is DomainState.ABSENT
    assert await copies.nvram_is_there() is not delete


async def test_an_active_guest_keeps_its_definition_and_its_variables(copies: CopyWorld) -> None:
    await copies.start_with(nvram=True)
    with pytest.raises(HypervisorError) as refused:
        await copies.source.removal.undefine(UUID, delete_nvram=True)
    assert refused.value.reason is Reason.GUEST_BUSY
    assert await copies.nvram_is_there()
    assert (await copies.source.guests.look(UUID)).persistent


async def test_a_guest_without_variables_is_undefined_all_the_same(copies: CopyWorld) -> None:
    await copies.start_with()
    await copies.shut_off()
    await copies.source.removal.undefine(UUID, delete_nvram=True)
    assert (await copies.source.guests.look(UUID)).state is DomainState.ABSENT


async def test_variables_that_another_domain_names_stay_with_it(copies: CopyWorld) -> None:
    """It may have been defined since the checks."""
    await copies.start_with(nvram=True)
    await copies.shut_off()
    await copies.share_nvram()
    await copies.source.removal.undefine(UUID, delete_nvram=True)
    assert (await copies.source.guests.look(UUID)).state is DomainState.ABSENT
    assert await copies.nvram_is_there()

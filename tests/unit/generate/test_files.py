"""What hack/generate makes; that the repository's own files are so, `make verify` holds."""

import pytest

from generatekit.checks import page
from generatekit.files import with_forcible
from godwit.domain.checks.chain import CHAIN, FORCIBLE
from godwit.domain.checks.rule import Rule

LINE = "enum: [Old] # made from the code by hack/generate"


def test_the_list_of_checks_that_may_be_forced_is_put_into_its_line() -> None:
    assert with_forcible(f"a\n  {LINE}\nb", FORCIBLE) == f"a\n  {LINE.replace('Old', ', '.join(FORCIBLE))}\nb"


@pytest.mark.parametrize("definition", ["", f"{LINE}\n{LINE}"])
def test_a_definition_without_that_one_line_is_an_error_and_not_passed_over(definition: str) -> None:
    with pytest.raises(ValueError, match="marked as made by hack/generate"):
        with_forcible(definition, FORCIBLE)


@pytest.mark.parametrize("rule", CHAIN, ids=lambda rule: rule.name)
def test_the_page_tells_each_check_what_to_do_and_whether_it_can_be_forced(rule: Rule) -> None:
    [section] = [part for part in page(CHAIN).split("\n## ") if part.startswith(f"{rule.name}\n")]
    for told in (rule.protects_from, rule.remedy, rule.tested.partition(";")[2], rule.unproven):
        assert told in section
    assert (f"a veto, which ends a migration as `{rule.veto}`" in section) == bool(rule.veto)

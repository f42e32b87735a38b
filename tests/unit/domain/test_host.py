import pytest

from godwit.domain.host import version_parts, version_text


@pytest.mark.parametrize(("number", "shown"), [(11_003_000, "11.3.0"), (9_010_002, "9.10.2"), (0, "0.0.0")])
def test_a_version_of_libvirt_is_shown_as_people_write_it(number: int, shown: str) -> None:
    assert version_text(number) == shown


def test_versions_are_compared_by_number() -> None:
    assert version_parts("9.10.0") > version_parts("9.9.0")
    assert version_parts("11.3.0") > version_parts("9.10.0")


@pytest.mark.parametrize(("shown", "parts"), [("", ()), ("11.3.0-rc1", (11, 3)), ("unknown", ())])
def test_what_is_no_number_is_no_part_of_a_version(shown: str, parts: tuple[int, ...]) -> None:
    assert version_parts(shown) == parts

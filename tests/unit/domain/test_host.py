import pytest

from godwit.domain.host import version_parts, version_text


@pytest.mark.parametrize(("number", "shown"), [(11_003_000, "11.3.0"), (9_010_002, "9.10.2"), (0, "0.0.0")])
def test_a_version_of_libvirt_is_shown_as_people_write_it(number: int, shown: str) -> None:
    assert version_text(number) == shown


def test_versions_are_compared_by_number() -> None:
    assert version_parts("9.10.0") > version_parts("9.9.0")
    assert version_parts("11.3.0") > version_parts("9.10.0")


def test_a_tag_names_its_version() -> None:
    assert version_parts("v1.9.0") == version_parts("1.9.0") == (1, 9, 0)


@pytest.mark.parametrize("shown", ["", "v", "unknown", "11.3.0-rc1", "v1.x.0", "11..0", "vv1.0", "1.0."])
def test_what_is_not_of_numbers_alone_is_not_known(shown: str) -> None:
    assert version_parts(shown) == ()

import pytest

from godwit.domain.quantity import mebibytes


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 MiB"), (1, "1 MiB"), (1 << 20, "1 MiB"), ((1 << 20) + 1, "2 MiB")]
)
def test_bytes_are_told_in_mebibytes_rounded_up_so_that_what_is_told_suffices(number: int, text: str) -> None:
    assert mebibytes(number) == text

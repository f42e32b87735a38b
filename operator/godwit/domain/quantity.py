"""Amounts of bytes: as Kubernetes writes them (`500Mi`, `2G`), and for people."""

import re

UNITS_BYTES = {
    "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40,
}  # fmt: skip
_FORM = re.compile(r"([1-9][0-9]*)(k|M|G|T|Ki|Mi|Gi|Ti)")


def bytes_in(text: str) -> int:
    """`500Mi` is 524288000; `ValueError` for anything that is not a whole number with a unit."""
    found = _FORM.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no amount of bytes: write a whole number and a unit, e.g. 500Mi")
    return int(found[1]) * UNITS_BYTES[found[2]]


def mebibytes(number: int) -> str:
    """Rounded up: `1 MiB` for a single byte."""
    return f"{-(-number // UNITS_BYTES['Mi'])} MiB"

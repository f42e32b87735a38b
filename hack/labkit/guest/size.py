"""Sizes and rates as people write them; pure."""

import re

from labkit.shell import LabError

_UNITS = {"": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}


def size(text: str) -> int:
    """Bytes of `64Mi`; `LabError` for anything else."""
    found = re.fullmatch(r"([1-9][0-9]{0,12})(Ki|Mi|Gi|)", text, re.ASCII)
    if not found:
        raise LabError(f"{text!r} is no size: write a whole number and Ki, Mi or Gi, e.g. 64Mi")
    return int(found[1]) * _UNITS[found[2]]


def rate(text: str) -> int:
    """Bytes per second of `10Mi/s`; `LabError` for anything else."""
    if not text.endswith("/s"):
        raise LabError(f"{text!r} is no rate: write a size and /s, e.g. 10Mi/s")
    return size(text.removesuffix("/s"))

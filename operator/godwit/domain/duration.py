"""Durations as people write them: Go's form, e.g. `90s`, `5m`, `1h30m`."""

import re

UNITS_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")


def seconds(text: str) -> float:
    """`1h30m` is 5400.0; `ValueError` for anything that is not a duration above zero."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration: write a number and ms, s, m or h, e.g. 90s or 5m")
    total = sum(float(number) * UNITS_SECONDS[unit] for number, unit in parts)
    if total <= 0:
        raise ValueError(f"{text!r} is no duration above zero")
    return total


def text(total_seconds: float) -> str:
    """Whole seconds for people, two units at most: `8s`, `1m12s`, `2h05m`."""
    whole = max(0, round(total_seconds))
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{rest}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{rest:02}s"

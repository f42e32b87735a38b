"""Lists of numbers as libvirt and the kernel write them: `0-3,^2,8`. For CPUs and for NUMA cells."""

from collections.abc import Iterable

HIGHEST = 65535
"""No host has more CPUs; a larger number is an error, and would be a very long list."""


def parse(text: str) -> frozenset[int]:
    """`0-3,^2` is {0, 1, 3}; the order does not matter. `ValueError` for any other form."""
    wanted, excluded = set[int](), set[int]()
    for part in filter(None, (each.strip() for each in text.split(","))):
        numbers = excluded if part.startswith("^") else wanted
        first, dash, last = part.removeprefix("^").partition("-")
        last = last if dash else first
        if not (first.isdecimal() and last.isdecimal()) or not int(first) <= int(last) <= HIGHEST:
            raise ValueError(f"{text!r} is no list of numbers such as 0-3,^2,8")
        numbers.update(range(int(first), int(last) + 1))
    return frozenset(wanted - excluded)


def missing(wanted: str, there: frozenset[int]) -> str:
    """What of a list is not there, as a list; empty when all is."""
    return text(parse(wanted) - there)


def text(numbers: Iterable[int]) -> str:
    """The shortest form: {0, 1, 2, 8} is `0-2,8`."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)

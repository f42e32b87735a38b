"""Which rows of a table of faults `make test` keeps: of each kind one, the last."""

import pytest


def walk(*rows: object) -> list[object]:
    """Parameters of a test: all but the last belong to `make faults` alone."""
    return [*(in_the_walk(row) for row in rows[:-1]), rows[-1]]


def in_the_walk(row: object) -> object:
    """One of several values when it is a tuple."""
    return pytest.param(*(row if isinstance(row, tuple) else (row,)), marks=pytest.mark.walk)

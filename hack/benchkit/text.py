"""The answer as people read it, and as machines do; pure."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchkit.figures import Figure, Section


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What was measured, and how busy the machine was: the load averages over one minute."""

    lab: str
    image: str
    cpus: int
    load_at_start: float
    load_at_end: float
    took_seconds: float


def text(seen: Circumstances, sections: Sequence[Section]) -> str:
    """Each figure on a line with its promise, then the machine's noise and how many promises were missed."""
    lines: list[str] = []
    for section in sections:
        lines += [f"== {section.title}", *map(_row, section.figures), *section.notes, ""]
    missed = sum(figure.verdict == "MISSED" for section in sections for figure in section.figures)
    promised = sum(figure.limit is not None for section in sections for figure in section.figures)
    lines += [
        f"lab {seen.lab}, {seen.image}, {seen.cpus} CPUs, {seen.took_seconds:.0f} s; "
        f"load {seen.load_at_start:.1f} at the start, {seen.load_at_end:.1f} at the end",
    ]
    if max(seen.load_at_start, seen.load_at_end) > seen.cpus:
        lines.append("More work was waiting than this machine has CPUs: times and ratios are its, too.")
    lines.append(f"{promised - missed} of {promised} figures ok" + (f", {missed} MISSED" if missed else ""))
    return "\n".join(lines)


def as_json(seen: Circumstances, sections: Sequence[Section]) -> str:
    """The same, whole."""
    answer = {
        "circumstances": asdict(seen),
        "sections": [
            {
                "title": section.title,
                "figures": [{**asdict(figure), "verdict": figure.verdict} for figure in section.figures],
                "notes": section.notes,
            }
            for section in sections
        ],
    }
    return json.dumps(answer, indent=2)


def _row(figure: Figure) -> str:
    promise = "" if figure.limit is None else f"<= {_number(figure.limit)} {figure.unit}"
    row = f"{figure.name:<52} {_number(figure.value):>8} {figure.unit:<7} {promise:<16} {figure.verdict:<6}"
    if seen := figure.spread:
        row += f"  {_number(seen.least)} .. {_number(seen.p50)} .. {_number(seen.most)} (n={seen.count})"
    return row.rstrip()


def _number(value: float) -> str:
    """Three figures are more than a benchmark knows."""
    return f"{value:.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.2f}"

"""What a campaign tells: a line per run, every finding with how to see it again, and figures; pure."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict

from faultkit.run import Record
from faultkit.settle import PROMISED_SECONDS


def line(record: Record) -> str:
    """One run on one line."""
    verdict = f"{len(record.findings)} FINDINGS" if record.findings else "ok"
    attention = ", after NeedsAttention" if record.attention else ""
    rest = f"{record.rest_seconds:4.1f} s to rest, {record.clean_seconds:4.1f} s to clean"
    return (
        f"{record.plan.run:4}  {verdict:<10}  {record.phase:<13}  {rest}  {record.took_seconds:5.1f} s  "
        f"{record.plan}{attention}"
    )


def story(record: Record) -> str:
    """One run, moment by moment, with what it found and how to make it again."""
    plan = record.plan
    words = (("only", plan.only), ("guest", plan.guest))
    chosen = "".join(f" --{name} {value}" for name, value in words if value)
    return "\n".join(
        [
            f"== seed {plan.seed}, run {plan.run}: {plan}",
            *record.timeline,
            *record.story,
            *(f"- {found}" for found in record.findings),
            f"again: hack/faults --seed {plan.seed} --run {plan.run}{chosen}",
        ]
    )


def summary(records: Sequence[Record], commit: str, date: str) -> str:
    """The figures, and the line for docs/faults.md. A run that no fault met counts only where it failed."""
    broken = [record for record in records if record.findings]
    met = [record for record in records if record.struck or record.findings]
    rests = [record.rest_seconds for record in met]
    took = sum(record.took_seconds for record in records)
    worst = max(rests, default=0.0)
    return "\n".join(
        [
            f"{'fault':<28} {'runs':>5} {'p50':>7} {'p100':>7}  NeedsAttention",
            *_rows(records),
            f"{'all':<28} {len(met):>5} {_middle(rests):>5.1f} s {worst:>5.1f} s  {_attention(met)}",
            f"from the last fault to rest: p100 {worst:.1f} s, <= {PROMISED_SECONDS:.0f} s: "
            + ("ok" if worst <= PROMISED_SECONDS else "MISSED"),
            f"{len(met)} runs in {took / 60:.0f} min, and {len(records) - len(met)} that no fault met; "
            f"{len(broken)} broke a promise",
            f"verdicts: {_verdicts(met)}",
            "for docs/faults.md:",
            _table_row(met, broken, commit, date),
        ]
    )


def as_json(records: Sequence[Record]) -> str:
    """All of it."""
    return json.dumps([asdict(record) for record in records], indent=2)


def _rows(records: Sequence[Record]) -> list[str]:
    by_fault: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        for name in record.struck:
            by_fault[name].append(record)
    return [
        f"{name:<28} {len(met):>5} {_middle([r.rest_seconds for r in met]):>5.1f} s "
        f"{max(r.rest_seconds for r in met):>5.1f} s  {_attention(met)}"
        for name, met in sorted(by_fault.items())
    ]


def _attention(records: Sequence[Record]) -> str:
    asked = sum(record.attention for record in records)
    return f"{asked} ({100 * asked / len(records):.0f} %)" if records else "0"


def _verdicts(records: Sequence[Record]) -> str:
    counted = Counter(record.verdict or "none" for record in records)
    return ", ".join(f"{verdict} {count}" for verdict, count in counted.most_common())


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


def _table_row(records: Sequence[Record], broken: Sequence[Record], commit: str, date: str) -> str:
    seeds = ", ".join(str(seed) for seed in sorted({record.plan.seed for record in records}))
    told = "; ".join(f"run {r.plan.run} of seed {r.plan.seed}: {r.findings[0]}" for r in broken) or "none"
    return f"| {date} | {commit} | {seeds} | {len(records)} | {told.replace('|', '/')} |"

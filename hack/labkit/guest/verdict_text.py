"""A verdict for people; pure."""

from datetime import datetime, timedelta

from labkit.guest.check import DiskVerdict, Verdict


def text(verdict: Verdict, now: datetime) -> str:
    """A line per thing asked, the verdict last. `now` is when the guest was asked."""
    rows = [("host", verdict.host or "none"), ("up since", _up(verdict, now)), ("memory", _memory(verdict))]
    rows += [(f"disk {disk.name}", _disk(disk)) for disk in verdict.disks]
    rows += [
        ("network", "answers" if verdict.answers else "SILENT"),
        ("longest gap", _gap(verdict)),
        ("verdict", "intact" if not verdict.findings else "NOT INTACT"),
    ]
    return "\n".join(
        [f"{name:<12} {value}" for name, value in rows] + [f"- {found}" for found in verdict.findings]
    )


def _up(verdict: Verdict, now: datetime) -> str:
    if verdict.up_seconds is None:
        return "unknown"
    since = now - timedelta(seconds=verdict.up_seconds)
    boot = "same boot as at creation" if verdict.same_boot else "ANOTHER BOOT than at creation"
    return f"{since:%Y-%m-%d %H:%M:%S} ({verdict.up_seconds:.1f} s), {boot}"


def _memory(verdict: Verdict) -> str:
    if verdict.memory_pages is None:
        return "unknown"
    if verdict.memory_bad_pages:
        return f"{verdict.memory_bad_pages} of {verdict.memory_pages} pages are WRONG"
    return f"{verdict.memory_pages} pages intact, {verdict.pages_written} written since boot"


def _disk(disk: DiskVerdict) -> str:
    kind = ", read-only" if disk.read_only else ""
    if disk.bad_records or disk.write_errors:
        return f"{disk.bad_records} of {disk.records} records WRONG, {disk.write_errors} writes failed{kind}"
    return f"{disk.records} records intact{kind}"


def _gap(verdict: Verdict) -> str:
    if verdict.client is None:
        return "nobody watches"
    seen = verdict.client
    udp, tcp = seen.udp.longest_gap_ms, seen.tcp.longest_gap_ms
    return f"{udp:.0f} ms by UDP, {tcp:.0f} ms by TCP (seen from outside)"

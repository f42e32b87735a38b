"""Which line of a QEMU's log tells that a job began."""

from benchkit.qemulog import started

LOG = """\
2026-01-02 03:04:05.250+0000: starting up libvirt version: 11.3.0, package: 11.3.0-3, qemu version: 10.0.13
LC_ALL=C /usr/bin/qemu-system-x86_64 -name guest=g
2026-01-02 03:04:07.000+0000: shutting down, reason=migrated
2026-01-02 03:04:09.500+0000: starting up libvirt version: 11.3.0, package: 11.3.0-3, qemu version: 10.0.13
2026-01-02 03:04:10.000+0000: initiating migration
"""
AT = 1767323045.25


def test_the_start_is_the_first_one_since_then() -> None:
    assert started(LOG, AT) == AT
    assert started(LOG, AT + 1) == AT + 4.25


def test_an_earlier_start_is_none_of_this_job() -> None:
    assert started(LOG, AT + 5) is None
    assert started("", AT) is None

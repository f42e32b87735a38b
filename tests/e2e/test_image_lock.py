"""Why the switchover may be fast on GlusterFS: an image's lock on one host is seen by the other."""

import pytest

from godwit.domain.storage import LOCKS_HOLD_BETWEEN_HOSTS

from .lab import Lab

pytestmark = pytest.mark.e2e

IMAGE = "/var/lib/godwit/shared/lock-test-0.qcow2"


def test_the_lock_of_a_running_guest_is_seen_by_the_other_host() -> None:
    lab = Lab()
    with lab.guest("lock-test", "host1", "--disk", "shared:16Mi:qcow2"):
        kind = lab.inside("host2", "findmnt", "-no", "FSTYPE", "-T", IMAGE).strip()
        assert kind in LOCKS_HOLD_BETWEEN_HOSTS
        told = lab.attempt("exec", "host2", "--", "qemu-img", "info", IMAGE)
        assert told.returncode != 0
        assert "lock" in told.stderr
        written = lab.attempt("exec", "host2", "--", "qemu-io", "-f", "qcow2", "-c", "write 0 4k", IMAGE)
        assert written.returncode != 0
        assert "lock" in written.stderr
        lab.check("lock-test")
    assert lab.attempt("exec", "host2", "--", "ls", IMAGE).returncode != 0


def test_every_kind_of_file_system_that_is_trusted_is_tested_here() -> None:
    assert set(LOCKS_HOLD_BETWEEN_HOSTS) == {"fuse.glusterfs"}

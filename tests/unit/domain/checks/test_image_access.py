import pytest
from msgspec.structs import replace

from godwit.domain.checks import image_access
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.disks import DiskAction
from godwit.domain.host import SecurityModel
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.migration import CheckResult
from godwit.domain.placement import Placement

from ..builders import DISK, FACTS, HOSTS, facts, shared

OWNED = ImageFacts(DISK.path, FileKind.REGULAR, owner=107, group=108, mode="0600")


def of(here: str, there: str, image: ImageFacts | None = OWNED, *, read_only: bool = False) -> PreflightFacts:
    source, destination = (
        replace(host, status=replace(host.status, security=(SecurityModel("dac", "qemu", label),)))
        for host, label in zip(HOSTS, (here, there), strict=True)
    )
    guest = replace(FACTS, disks=(replace(DISK, read_only=read_only),))
    storage = replace(shared(), guest=guest, images=(image,) if image else ())
    return replace(facts(), source=source, destination=destination, guest=guest, storage=storage)


def test_the_same_user_has_the_very_file_open() -> None:
    [verdict] = image_access.check(of("+107:+108", "+107:+108", None))
    assert verdict.result is CheckResult.PASS


@pytest.mark.parametrize(
    ("user", "mode", "read_only", "result"),
    [
        ("+107:+1", "0600", False, CheckResult.PASS),
        ("+107:+108", "0066", False, CheckResult.WARN),
        ("+1:+108", "0660", False, CheckResult.PASS),
        ("+1:+108", "0640", False, CheckResult.WARN),
        ("+1:+108", "0640", True, CheckResult.PASS),
        ("+1:+2", "0666", False, CheckResult.PASS),
        ("+1:+2", "0664", False, CheckResult.WARN),
        ("+1:+2", "0664", True, CheckResult.PASS),
        ("+0:+0", "0660", False, CheckResult.WARN),
        ("", "0660", False, CheckResult.WARN),
    ],
)
def test_another_user_is_judged_by_owner_and_mode_and_root_may_be_squashed(
    user: str, mode: str, read_only: bool, result: CheckResult
) -> None:
    image = replace(OWNED, mode=mode)
    [verdict] = image_access.check(of("+9:+9", user, image, read_only=read_only))
    assert verdict.result is result


def test_a_doubt_names_the_disk_the_image_its_owner_and_the_user() -> None:
    [verdict] = image_access.check(of("+9:+9", "+1:+2"))
    assert verdict.message == (
        f"disk vda: QEMU on host2 opens {DISK.path} as 1:2, and it is 107:108 0600 there: "
        "libvirt has to change its owner"
    )
    assert not verdict.stops


def test_an_image_whose_owner_is_not_known_is_in_doubt() -> None:
    for image in (None, replace(OWNED, owner=None, mode="")):
        [verdict] = image_access.check(of("+9:+9", "+107:+108", image))
        assert verdict.result is CheckResult.WARN
        assert "not known whose it is" in verdict.message


def test_images_that_do_not_stay_do_not_count() -> None:
    copied = tuple(replace(line, action=DiskAction.COPY) for line in facts().disks)
    [verdict] = image_access.check(replace(of("+9:+9", "+1:+2"), disks=copied))
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_a_label_that_the_definition_gives_is_the_same_on_each_host() -> None:
    asked = of("+9:+9", "+1:+2")
    own = replace(asked.guest, placement=Placement(virt_type="qemu", fixed_labels=("dac",)))
    [verdict] = image_access.check(replace(asked, guest=own))
    assert verdict.result is CheckResult.PASS


def test_an_older_agent_is_named() -> None:
    old = replace(HOSTS[1], status=replace(HOSTS[1].status, security=()))
    [verdict] = image_access.check(replace(facts(), destination=old))
    assert (verdict.result, verdict.host) == (CheckResult.NOT_RUN, "host2")

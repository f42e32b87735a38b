from msgspec.structs import replace

from godwit.domain.checks import cdrom
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.migration import CheckResult

from ..builders import DISK, FACTS, with_storage
from ..storage.known import CDROM, EMPTY, ISO, known

GONE = ImageFacts(CDROM.path, FileKind.ABSENT)


def test_a_guest_with_empty_drives_alone_has_no_medium() -> None:
    [verdict] = cdrom.check(with_storage(known(DISK, EMPTY)))
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_a_medium_of_the_same_content_stays() -> None:
    [verdict] = cdrom.check(with_storage(known(CDROM, there=(ISO,))))
    assert (verdict.result, verdict.message) == (CheckResult.PASS, "the media of sda stay")


def test_a_drive_that_arrives_empty_is_a_warning() -> None:
    [verdict] = cdrom.check(with_storage(known(replace(CDROM, startup_policy="optional"), there=(GONE,))))
    assert verdict.result is CheckResult.WARN
    assert not verdict.stops
    assert verdict.message.startswith("disk sda (/iso/a.iso) arrives empty: the destination has no")


def test_a_medium_that_is_missing_and_may_not_be_is_told_with_what_to_do() -> None:
    [verdict] = cdrom.check(with_storage(known(CDROM, there=(GONE,))))
    assert verdict.stops
    assert verdict.message.startswith("disk sda (/iso/a.iso): ")
    assert "the destination has no such file" in verdict.message
    assert f"`virsh change-media {FACTS.view.name} sda --eject`" in verdict.remedy

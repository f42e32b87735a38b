from msgspec.structs import replace

from godwit.domain.checks import destination_image
from godwit.domain.image import FileKind
from godwit.domain.migration import CheckResult

from ..builders import facts, with_storage
from ..storage.known import ABSENT, HERE, LOCAL, MUST_EXIST, RAW, THERE, known


def test_where_nothing_is_copied_no_image_is_needed() -> None:
    [verdict] = destination_image.check(facts())
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_a_pass_says_what_is_made() -> None:
    [verdict] = destination_image.check(with_storage(known(LOCAL, RAW)))
    assert (verdict.result, verdict.host) == (CheckResult.PASS, "host2")
    assert verdict.message == "will be made: /images/vdb.qcow2, /images/vdc.raw"


def test_a_pass_says_whose_content_is_lost() -> None:
    [verdict] = destination_image.check(with_storage(known(LOCAL, wish=MUST_EXIST, there=(THERE,))))
    assert verdict.result is CheckResult.PASS
    assert verdict.message == "former content is lost once the copy begins: /images/vdb.qcow2"


def test_each_image_in_the_way_is_told_by_its_disk_with_what_to_do() -> None:
    there = (THERE, replace(ABSENT[1], kind=FileKind.DIRECTORY))
    first, second = destination_image.check(with_storage(known(LOCAL, RAW, there=there)))
    assert first.stops
    assert second.stops
    assert first.message.startswith("disk vdb (/images/vdb.qcow2): an image is there")
    assert "MustExist" in first.remedy
    assert second.message == "disk vdc (/images/vdc.raw): a directory lies there on the destination"
    assert "remove it there" in second.remedy


def test_the_sources_own_file_is_told_as_such() -> None:
    own = replace(THERE, fingerprint=HERE)
    [verdict] = destination_image.check(with_storage(known(LOCAL, wish=MUST_EXIST, there=(own,))))
    assert "is the source's own file /images/vdb.qcow2" in verdict.message
    assert "hard link" in verdict.remedy

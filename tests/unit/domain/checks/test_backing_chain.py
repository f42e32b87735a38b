from msgspec.structs import replace

from godwit.domain.checks import backing_chain
from godwit.domain.migration import CheckResult

from ..builders import DISK, WRITTEN, facts, with_storage
from ..storage.known import LOCAL, known


def test_a_guest_without_layers_has_nothing_to_flatten() -> None:
    [verdict] = backing_chain.check(facts())
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_layers_of_a_copied_disk_become_one_image_and_the_pass_says_so() -> None:
    [verdict] = backing_chain.check(with_storage(known(replace(LOCAL, backing=("/base/a.img",)))))
    assert (verdict.result, verdict.message) == (CheckResult.PASS, "becomes one image: vdb")


def test_layers_that_are_shared_stay() -> None:
    probe = replace(WRITTEN, images=(DISK.path, "/shared/base.img"))
    known_chain = replace(
        known(replace(DISK, backing=("/shared/base.img",))), written=(probe,), read=(probe,)
    )
    [verdict] = backing_chain.check(with_storage(known_chain))
    assert (verdict.result, verdict.message) == (CheckResult.PASS, "all layers are shared")


def test_each_layer_of_a_shared_disk_that_is_not_shared_is_told_by_its_path() -> None:
    layered = replace(DISK, backing=("/base/b.img", "/images/a.img"))
    first, second = backing_chain.check(with_storage(known(layered)))
    assert first.stops
    assert "disk vda (/shared/vm1.img): its layer /base/b.img" in first.message
    assert "its layer /images/a.img" in second.message
    assert "blockpull" in first.remedy

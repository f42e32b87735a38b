"""A file is removed only where libvirt and the agent see one and the same."""

from pathlib import Path

from msgspec.structs import replace as with_

from godwit.domain.image import FileKind, Fingerprint, ImageFacts
from godwit.hypervisor.eyes import Eyes, Sight
from godwit.hypervisor.mounts import Mounts
from godwit.hypervisor.whose import is_one_file


def listed(changed: str) -> ImageFacts:
    return ImageFacts("/i/a", FileKind.REGULAR, fingerprint=Fingerprint(1, 1, "1.0", changed))


def test_one_change_time_however_it_is_written_is_one_file() -> None:
    assert is_one_file(
        listed("1700000000.000000001"), Sight(FileKind.REGULAR, changed="1700000000.000000001")
    )
    assert is_one_file(listed("1700000000"), Sight(FileKind.REGULAR, changed="1700000000.000000000"))
    assert not is_one_file(listed("1700000000.2"), Sight(FileKind.REGULAR, changed="1700000000.000000002"))
    assert not is_one_file(listed("1"), Sight(FileKind.REGULAR))
    assert not is_one_file(with_(listed("1"), fingerprint=None), Sight(FileKind.REGULAR, changed="1.0"))


def test_the_agent_sees_the_change_time_to_the_nanosecond(tmp_path: Path) -> None:
    file = tmp_path / "images" / "a"
    file.parent.mkdir()
    file.touch()
    seen = Eyes(("/images",), Mounts(Path("/nowhere")), tmp_path).sight("/images/a")
    nanoseconds = file.stat().st_ctime_ns
    assert is_one_file(listed(f"{nanoseconds // 10**9}.{nanoseconds % 10**9:09}"), seen)

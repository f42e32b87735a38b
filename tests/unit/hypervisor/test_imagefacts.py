import pytest

from godwit.domain.image import FileKind, Fingerprint
from godwit.hypervisor import imagefacts
from godwit.hypervisor.devices import is_device
from godwit.hypervisor.xml import parse

VOLUME = """<volume type='file'>
  <name>a.qcow2</name><key>/i/a.qcow2</key>
  <capacity unit='bytes'>1048576</capacity>
  <allocation unit='bytes'>397312</allocation>
  <physical unit='bytes'>393224</physical>
  <target>
    <path>/i/a.qcow2</path><format type='qcow2'/>
    <permissions><mode>0640</mode><owner>1234</owner><group>4321</group></permissions>
    <timestamps><atime>1.5</atime><mtime>2.000000001</mtime><ctime>3.000000002</ctime></timestamps>
    <compat>1.1</compat><clusterSize unit='B'>131072</clusterSize>
  </target>
  <backingStore><path>/i/base</path><format type='raw'/></backingStore>
</volume>"""


def test_everything_that_libvirt_lists_is_told() -> None:
    found = imagefacts.facts("/i/a.qcow2", parse(VOLUME))
    assert (found.kind, found.format) == (FileKind.REGULAR, "qcow2")
    assert (found.virtual_size_bytes, found.allocated_bytes) == (1048576, 397312)
    assert (found.cluster_size_bytes, found.compat) == (131072, "1.1")
    assert (found.owner, found.group, found.mode) == (1234, 4321, "0640")
    assert found.backing == "/i/base"
    assert found.fingerprint == Fingerprint(1048576, 397312, "2.000000001", "3.000000002")
    assert imagefacts.file_bytes(parse(VOLUME)) == 393224


def test_the_older_version_of_qcow2_is_the_one_that_libvirt_leaves_out() -> None:
    older = VOLUME.replace("<compat>1.1</compat>", "")
    assert imagefacts.facts("/i/a", parse(older)).compat == "0.10"
    raw = imagefacts.facts("/i/a", parse(older.replace("'qcow2'", "'raw'")))
    assert (raw.compat, raw.cluster_size_bytes) == ("", None)


def test_a_directory_is_told_as_one_and_nothing_else_of_it() -> None:
    found = imagefacts.facts("/i/d", parse(VOLUME.replace("type='file'", "type='dir'")))
    assert found.kind is FileKind.DIRECTORY
    assert found.virtual_size_bytes is None


def test_what_is_not_listed_stays_open() -> None:
    found = imagefacts.facts("/i/a", parse("<volume type='file'><target/></volume>"))
    assert (found.format, found.virtual_size_bytes, found.owner, found.fingerprint) == ("", None, None, None)


def test_below_dev_there_is_no_place_for_images() -> None:
    assert is_device("/dev/sda")
    assert not is_device("/device/a")


@pytest.mark.parametrize(("kind", "head"), [("raw", 2048), ("qcow2", 0)])
def test_a_luks_image_is_told_with_the_length_of_its_head(kind: str, head: int) -> None:
    luks = (
        f"<volume type='file'><capacity>4096</capacity><physical>6144</physical><target>"
        f"<format type='{kind}'/><encryption format='luks'/></target></volume>"
    )
    assert imagefacts.facts("/i/a", parse(luks)).luks_header_bytes == head
    plain = parse(luks.replace("<encryption format='luks'/>", ""))
    assert imagefacts.facts("/i/a", plain).luks_header_bytes is None

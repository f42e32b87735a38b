from xml.etree.ElementTree import Element

from godwit.hypervisor.blanks import blanked
from godwit.hypervisor.equipment import QEMU, equipment
from godwit.hypervisor.hostpaths import host_paths
from godwit.hypervisor.xml import parse

SECRET = "hunter2"  # noqa: S105 - what must not be told
UUID = "11111111-2222-3333-4444-555555555555"
DEFINITION = f"""<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>vm1</name><uuid>{UUID}</uuid>
  <title>{SECRET}</title><description>root's password is {SECRET}</description>
  <metadata><o:note xmlns:o='urn:o' token='{SECRET}'>{SECRET}</o:note></metadata>
  <memory unit='KiB'>1024</memory>
  <sysinfo type='smbios'>
    <bios><entry name='date'>01/02/2026</entry><entry name='release'>1.2</entry></bios>
    <system><entry name='serial'>ds=nocloud;s=http://{SECRET}@host/</entry>
      <entry name='uuid'>{UUID}</entry></system>
    <oemStrings><entry>io.systemd.credential:password={SECRET}</entry></oemStrings>
  </sysinfo>
  <sysinfo type='fwcfg'>
    <entry name='opt/a'>{SECRET}</entry><entry name='opt/b' file='/srv/b'/>
  </sysinfo>
  <os><type machine='pc'>hvm</type><kernel>/boot/k</kernel><cmdline>password={SECRET}</cmdline></os>
  <devices>
    <disk type='network'><source protocol='https' name='a' query='token={SECRET}'><host name='h'/></source>
      <backingStore type='network'><source protocol='https' name='b' query='{SECRET}'/></backingStore></disk>
    <serial type='file'><source path='/srv/log/a'/></serial>
  </devices>
  <qemu:commandline>
    <qemu:arg value='-object'/><qemu:arg value='secret,id=a,data={SECRET}'/>
    <qemu:env name='TOKEN' value='{SECRET}'/><qemu:env name='EMPTY'/>
  </qemu:commandline>
  <qemu:override><qemu:device alias='a'><qemu:frontend>
    <qemu:property name='p' type='string' value='{SECRET}'/>
    <qemu:property name='q' type='unsigned' value='7'/>
  </qemu:frontend></qemu:device></qemu:override>
</domain>"""


def shape(element: Element) -> tuple[str, frozenset[str], tuple[object, ...]]:
    return element.tag, frozenset(element.attrib), tuple(shape(child) for child in element)


def without_metadata(text: str) -> Element:
    domain = parse(text)
    for metadata in domain.findall("./metadata"):
        metadata.clear()
    return domain


def test_nothing_that_may_be_secret_leaves_the_host() -> None:
    assert SECRET not in blanked(DEFINITION)


def test_every_element_and_attribute_stays_but_what_is_in_the_metadata() -> None:
    assert shape(parse(blanked(DEFINITION))) == shape(without_metadata(DEFINITION))


def test_what_libvirt_reads_and_what_is_judged_stays_as_it_is() -> None:
    domain = parse(blanked(DEFINITION))
    assert domain.findtext("./memory") == "1024"
    assert [each.text for each in domain.findall("./sysinfo/bios/entry")] == ["01/02/2026", "1.2"]
    assert domain.findtext("./sysinfo/system/entry[@name='uuid']") == UUID
    assert [each.get("name") for each in domain.findall(f"./{QEMU}commandline/{QEMU}env")] == [
        "TOKEN",
        "EMPTY",
    ]
    numbers = domain.findall(f".//{QEMU}property[@type='unsigned']")
    assert [each.get("value") for each in numbers] == ["7"]
    before = parse(DEFINITION)
    assert host_paths(domain) == host_paths(before)
    assert equipment(domain) == equipment(before)


def test_where_libvirt_takes_no_empty_text_there_is_one() -> None:
    domain = parse(blanked(DEFINITION))
    texts = (*domain.findall("./sysinfo/entry[@name='opt/a']"), *domain.findall("./sysinfo/oemStrings/entry"))
    assert [each.text for each in (*texts, *domain.findall("./os/cmdline"))] == ["-", "-", "-"]

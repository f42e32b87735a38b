import pytest

from godwit.domain.guest import Marks
from godwit.hypervisor.marks import element, put, read, text_in

BARE = """<domain type='kvm'>
  <name>vm</name>
  <devices>
    <disk type='file'/>
  </devices>
</domain>
"""
OTHERS = """<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>vm</name>
  <description>says &lt;metadata&gt;
  and more</description>
  <metadata>
    <a:app xmlns:a="urn:a"><metadata>
  <metadata>
</metadata>  </metadata></a:app>
    <godwit:run xmlns:godwit="urn:somebody-else">not ours</godwit:run>
  </metadata>
  <qemu:commandline>
    <qemu:arg value='-x'/>
  </qemu:commandline>
</domain>
"""
MARKS = Marks(run="r1", attempt="u/1")


@pytest.mark.parametrize("xml", [BARE, OTHERS, BARE.replace("  <devices>", "  <metadata/>\n  <devices>")])
def test_marks_are_put_read_replaced_and_taken_away(xml: str) -> None:
    assert read(xml) == Marks()
    marked = put(xml, MARKS)
    assert read(marked) == MARKS
    assert read(put(marked, Marks(attempt="u/2"))) == Marks(attempt="u/2")
    assert read(put(marked, Marks())) == Marks()


def test_nothing_of_anybody_else_is_touched() -> None:
    assert put(put(OTHERS, MARKS), Marks()) == OTHERS
    marked = put(OTHERS, MARKS)
    ours = [line for line in marked.splitlines() if "https://godwit.dev/" in line]
    assert len(ours) == 2
    assert [line for line in marked.splitlines() if line not in ours] == OTHERS.splitlines()


def test_marks_under_another_prefix_are_ours_too() -> None:
    foreign = BARE.replace(
        "  <devices>",
        "  <metadata>\n    <run xmlns='https://godwit.dev/xmlns/run/1'>old</run>\n  </metadata>\n  <devices>",
    )
    assert read(foreign) == Marks(run="old")
    assert read(put(foreign, Marks(run="new"))) == Marks(run="new")


def test_a_text_that_imitates_a_mark_is_refused_and_not_changed() -> None:
    comment = '<!-- <run xmlns="https://godwit.dev/xmlns/run/1">x</run> -->'
    imitation = OTHERS.replace('<a:app xmlns:a="urn:a">', f'<a:app xmlns:a="urn:a" b="1">{comment}')
    with pytest.raises(ValueError, match="can't be marked"):
        put(imitation, MARKS)


def test_markup_in_a_mark_is_only_text() -> None:
    wanted = Marks(run="<a>&", attempt="]]>")
    assert read(put(BARE, wanted)) == wanted
    assert text_in(element("run", "<a>&")) == "<a>&"

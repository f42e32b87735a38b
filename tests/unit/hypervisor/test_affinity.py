import pytest

from godwit.domain.guest import Marks
from godwit.hypervisor import marks
from godwit.hypervisor.affinity import NAME, URI, groups_in

LONGEST = "a" * 63
DOMAIN = """<domain type='kvm'>
  <name>vm</name>
  <metadata>
    <other:note xmlns:other="urn:example:other">x</other:note>
    {}
  </metadata>
</domain>
"""


def domain(text: str) -> str:
    return DOMAIN.format(f'<godwit:{NAME} xmlns:godwit="{URI}">{text}</godwit:{NAME}>')


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("web", ("web",)),
        ("web db", ("web", "db")),
        ("\n  web\n\tdb  ", ("web", "db")),
        ("db web db", ("db", "web")),
        ("0 a-b x--1", ("0", "a-b", "x--1")),
        (LONGEST, (LONGEST,)),
        ("", ()),
        (f"{LONGEST}a web", ("web",)),
        ("Web w_b web. -web web- w\u00e9b db", ("db",)),
        ("a&lt;b &amp; web &#100;b", ("web", "db")),
        ("<group>web</group>", ()),
        (" ".join(f"g{number}" for number in range(9)), tuple(f"g{number}" for number in range(8))),
        ("x " * 500_000 + LONGEST, ("x", LONGEST)),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_group_is_a_word_like_a_label_and_whatever_is_none_is_passed_over(
    text: str, groups: tuple[str, ...]
) -> None:
    assert groups_in(domain(text)) == groups


@pytest.mark.parametrize(
    "xml",
    [
        "<domain/>",
        DOMAIN.format(""),
        DOMAIN.format(f"<{NAME}>web</{NAME}>"),
        DOMAIN.format(f'<{NAME} xmlns="urn:example:other">web</{NAME}>'),
        DOMAIN.format(f'<other xmlns="{URI}">web</other>'),
        DOMAIN.format(f'<{NAME} xmlns="{URI}"/>'),
        f"<domain><description>{URI}</description></domain>",
        f'<domain><devices><{NAME} xmlns="{URI}">web</{NAME}></devices></domain>',
    ],
    ids=["nothing", "others", "no namespace", "foreign", "another name", "empty", "mentioned", "elsewhere"],
)
def test_a_definition_that_names_none_has_none(xml: str) -> None:
    assert groups_in(xml) == ()


@pytest.mark.parametrize("entity", ['<!ENTITY g "web">', '<!ENTITY g SYSTEM "file:///etc/hostname">'])
def test_entities_are_not_resolved_and_break_nothing(entity: str) -> None:
    assert groups_in(f"<!DOCTYPE domain [{entity}]>{domain('&g;')}") == ()


def test_what_is_no_xml_names_none() -> None:
    assert groups_in(domain("web")[:-20]) == ()
    assert groups_in(domain("&unknown;")) == ()


def test_groups_and_marks_leave_each_other_alone() -> None:
    wanted = Marks(run="r1", attempt="u/1")
    marked = marks.put(domain("web"), wanted)
    assert groups_in(marked) == ("web",)
    assert marks.read(marked) == wanted
    assert marks.put(marked, Marks()) == domain("web")

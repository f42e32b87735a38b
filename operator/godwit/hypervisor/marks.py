"""Godwit's marks in a domain's metadata: a namespace for each, because libvirt keeps one element per URI.

`put` changes nothing else: not a byte outside its own elements, and it raises `ValueError` rather than give a
text that doesn't parse back to the same definition with exactly the wanted marks.
"""

import re
from xml.etree.ElementTree import Element, canonicalize, tostring
from xml.sax.saxutils import escape

from godwit.domain.guest import Marks
from godwit.hypervisor.xml import parse

RUN_URI = "https://godwit.dev/xmlns/run/1"
ATTEMPT_URI = "https://godwit.dev/xmlns/attempt/1"
PREFIX = "godwit"
RUN, ATTEMPT = "run", "attempt"

_URIS = ((RUN, RUN_URI), (ATTEMPT, ATTEMPT_URI))
_OPENING = re.compile(r"^  <metadata>$\n", re.MULTILINE)
_EMPTY = re.compile(r"^  <metadata/>$\n", re.MULTILINE)


def element(name: str, text: str) -> str:
    """A mark as `virDomainSetMetadata` takes it: without its namespace."""
    return f"<{name}>{escape(text)}</{name}>"


def text_in(fragment: str) -> str:
    """The text of a mark that `virDomainGetMetadata` gave."""
    return parse(fragment).text or ""


def read(xml: str) -> Marks:
    """The marks of a definition."""
    return _marks(parse(xml))


def put(xml: str, marks: Marks) -> str:
    """`xml`, a domain as libvirt prints it, with exactly these marks."""
    wanted = ((RUN, RUN_URI, marks.run), (ATTEMPT, ATTEMPT_URI, marks.attempt))
    ours = "".join(
        f'    <{PREFIX}:{name} xmlns:{PREFIX}="{uri}">{escape(text)}</{PREFIX}:{name}>\n'
        for name, uri, text in wanted
        if text is not None
    )
    before = parse(xml)
    without, removed = _without_marks(xml)
    marked = _with(without, ours)
    after = parse(marked)
    # Comments are lost in parsing: what was removed must have been as many elements as there were.
    if removed != len(_elements(before)) or _marks(after) != marks or _others(before) != _others(after):
        raise ValueError("the domain's metadata can't be marked without changing something else in it")
    return marked


def _without_marks(xml: str) -> tuple[str, int]:
    removed = 0
    for name, uri in _URIS:
        tag = rf"(?:[\w.-]+:)?{name}"
        namespace = rf"xmlns(?::[\w.-]+)?=(['\"]){re.escape(uri)}\1"
        body = rf"(?:/>|>[^<]*</{tag}>)"
        xml, count = re.subn(rf"[ \t]*<{tag}\s+{namespace}\s*{body}\n?", "", xml)
        removed += count
    return xml, removed


def _with(xml: str, ours: str) -> str:
    """libvirt prints the domain's own `<metadata>` with two blanks, before anything that could imitate it."""
    if not ours:
        return xml
    if _OPENING.search(xml):
        return _OPENING.sub(lambda found: found[0] + ours, xml, count=1)
    section = f"  <metadata>\n{ours}  </metadata>\n"
    if _EMPTY.search(xml):
        return _EMPTY.sub(lambda _: section, xml, count=1)
    end = xml.rindex("</domain>")
    return xml[:end] + section + xml[end:]


def _marks(domain: Element) -> Marks:
    return Marks(
        run=domain.findtext(f"./metadata/{{{RUN_URI}}}{RUN}"),
        attempt=domain.findtext(f"./metadata/{{{ATTEMPT_URI}}}{ATTEMPT}"),
    )


def _elements(domain: Element) -> list[tuple[Element, Element]]:
    """Our marks, each with the `<metadata>` that holds it."""
    return [
        (metadata, mark)
        for metadata in domain.findall("./metadata")
        for name, uri in _URIS
        for mark in metadata.findall(f"./{{{uri}}}{name}")
    ]


def _others(domain: Element) -> str:
    """All but our marks, in one form: an empty `<metadata>` is none."""
    for metadata, mark in _elements(domain):
        metadata.remove(mark)
    for metadata in domain.findall("./metadata"):
        if not len(metadata):
            domain.remove(metadata)
    return canonicalize(tostring(domain, encoding="unicode"), strip_text=True)

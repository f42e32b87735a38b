"""The groups that a user keeps apart, in a namespace of their own: libvirt keeps one element per URI.

So what a user sets and Godwit's marks never take each other's place. Whatever is no group is passed over: a
definition that says nonsense here is a guest without groups.
"""

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException

from godwit.hypervisor.xml import parse

URI = "https://godwit.dev/xmlns/anti-affinity/1"
NAME = "anti-affinity"
MOST_GROUPS = 8
_GROUP = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def groups(domain: Element) -> tuple[str, ...]:
    """Each once, in the user's order; those beyond the eighth are left out."""
    words = (domain.findtext(f"./metadata/{{{URI}}}{NAME}") or "").split()
    return tuple(dict.fromkeys(word for word in words if _GROUP.fullmatch(word)))[:MOST_GROUPS]


def groups_in(xml: str) -> tuple[str, ...]:
    """Of a definition as libvirt prints it; most name none, and are not parsed."""
    if URI not in xml:
        return ()
    try:
        return groups(parse(xml))
    except (ParseError, DefusedXmlException):
        return ()

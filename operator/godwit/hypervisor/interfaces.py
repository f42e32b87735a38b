"""What a domain's XML says of its interfaces."""

from xml.etree.ElementTree import Element

from godwit.domain.guest import InterfaceFacts


def interfaces(domain: Element) -> tuple[InterfaceFacts, ...]:
    """Every `<interface>`, in the definition's order."""
    return tuple(_interface(interface) for interface in domain.findall("./devices/interface"))


def _interface(interface: Element) -> InterfaceFacts:
    mtu = _word(interface, "./mtu", "size")
    return InterfaceFacts(
        mac=_word(interface, "./mac", "address"),
        kind=interface.get("type", ""),
        network=_word(interface, "./source", "network"),
        port_group=_word(interface, "./source", "portgroup"),
        bridge=_word(interface, "./source", "bridge"),
        device=_word(interface, "./source", "dev"),
        virtual_port=_word(interface, "./virtualport", "type"),
        mtu=int(mtu) if mtu.isdecimal() else 0,
    )


def _word(parent: Element, path: str, attribute: str) -> str:
    place = parent.find(path)
    return "" if place is None else place.get(attribute, "")

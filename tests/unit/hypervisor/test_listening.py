import socket
from collections.abc import Iterator

import pytest

from godwit.domain.reception import Listener, Listening
from godwit.hypervisor.listening import listeners
from godwit.hypervisor.xml import parse

NOBODYS = "192.0.2.1"
"""Of a network that is for documentation alone."""
EVERYWHERE = ("127.0.0.1", "127.0.0.2", "0.0.0.0", "::", "::1", "")  # noqa: S104 - nothing is bound


def found(*graphics: str) -> tuple[Listener, ...]:
    return listeners(parse(f"<domain><devices>{''.join(graphics)}</devices></domain>"))


def vnc(address: str, port: str = "autoport='yes' port='5900'") -> str:
    return f"<graphics type='vnc' {port}><listen type='address' address='{address}'/></graphics>"


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def free() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port


@pytest.mark.parametrize("address", EVERYWHERE)
def test_an_address_of_every_host_with_a_port_that_libvirt_chooses_is_not_tried(address: str) -> None:
    assert found(vnc(address)) == ()


def test_an_address_that_this_host_does_not_have_is_told() -> None:
    assert found(vnc(NOBODYS)) == (Listener("vnc", NOBODYS, Listening.NO_SUCH_ADDRESS),)


def test_a_fixed_port_is_tried_where_it_is_to_be(taken: int, free: int) -> None:
    fixed = [found(vnc("127.0.0.1", f"autoport='no' port='{port}'")) for port in (taken, free)]
    assert fixed == [
        (Listener("vnc", "127.0.0.1", Listening.PORT_TAKEN, taken),),
        (Listener("vnc", "127.0.0.1", Listening.POSSIBLE, free),),
    ]


def test_both_ports_of_spice_are_tried(taken: int, free: int) -> None:
    spice = f"<graphics type='spice' autoport='no' port='{free}' tlsPort='{taken}'>"
    listen = "<listen type='address' address='127.0.0.1'/></graphics>"
    assert {each.port: each.listening for each in found(spice + listen)} == {
        free: Listening.POSSIBLE,
        taken: Listening.PORT_TAKEN,
    }


def test_a_fixed_port_for_websockets_is_tried_whoever_chooses_the_other(taken: int, free: int) -> None:
    for rest in ("autoport='yes' port='5900'", f"autoport='no' port='{free}'"):
        screens = found(vnc("127.0.0.1", f"{rest} websocket='{taken}'"))
        assert Listener("vnc", "127.0.0.1", Listening.PORT_TAKEN, taken) in screens
    assert found(vnc("127.0.0.1", "autoport='yes' websocket='-1'")) == ()


def test_a_name_is_not_looked_up() -> None:
    assert found(vnc("screens.example")) == (Listener("vnc", "screens.example", Listening.UNKNOWN),)


def test_what_listens_at_a_socket_or_a_network_or_not_at_all_is_not_tried() -> None:
    others = (
        "<graphics type='vnc'><listen type='socket' socket='/s'/></graphics>",
        "<graphics type='spice'><listen type='network' network='default' address='192.0.2.1'/></graphics>",
        "<graphics type='spice'><listen type='none'/></graphics>",
        "<graphics type='egl-headless'/>",
    )
    assert found(*others) == ()

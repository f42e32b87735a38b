"""What goes over a host's link into the data plane, as somebody in between would read it."""

import select
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

ETH_P_ALL, ETH_P_IP, TCP = 0x0003, 0x0800, 6
ETHERNET_BYTES = 14
SO_RCVBUFFORCE = 33
"""Of Linux; Python has no name for it."""
LARGEST_FRAME_BYTES = 1 << 17
BUFFER_BYTES = 1 << 26

Stream = tuple[str, int, str, int]
"""From address and port to address and port."""


class Capture:
    """Payloads of TCP by stream, each in the order in which it was seen."""

    def __init__(self) -> None:
        self.streams: dict[Stream, bytearray] = defaultdict(bytearray)

    def take(self, frame: bytes) -> None:
        """Keep what a frame carries; anything but IPv4 and TCP is passed over."""
        if len(frame) < ETHERNET_BYTES + 20 or struct.unpack_from("!H", frame, 12)[0] != ETH_P_IP:
            return
        packet = frame[ETHERNET_BYTES:]
        head, length, protocol = (packet[0] & 0x0F) * 4, struct.unpack_from("!H", packet, 2)[0], packet[9]
        if protocol != TCP:
            return
        source, destination = (socket.inet_ntoa(packet[at : at + 4]) for at in (12, 16))
        ports = struct.unpack_from("!HH", packet, head)
        # A frame that is cut up only further on says 0 where it is too long for its length to be told.
        segment = packet[head : length or len(packet)]
        payload = segment[(segment[12] >> 4) * 4 :]
        if payload:
            self.streams[source, ports[0], destination, ports[1]] += payload

    def towards(self, *ports: int) -> list[bytearray]:
        """Of the streams to one of these ports, what each carried."""
        return [data for (_, _, _, port), data in self.streams.items() if port in ports]

    def contains(self, pattern: bytes) -> bool:
        """Whether any stream carried it in clear."""
        return any(pattern in data for data in self.streams.values())


@contextmanager
def capture(interface: str) -> Iterator[Capture]:
    """Everything that passes the machine's end of a link while the block lasts."""
    seen, over = Capture(), threading.Event()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as ours:
        ours.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
        ours.bind((interface, 0))
        reader = threading.Thread(target=_read, args=(ours, seen, over))
        reader.start()
        try:
            yield seen
        finally:
            over.set()
            reader.join()


def _read(ours: socket.socket, seen: Capture, over: threading.Event) -> None:
    """Until nothing more comes after it is over."""
    while select.select([ours], [], [], 0.2)[0] or not over.is_set():
        if select.select([ours], [], [], 0)[0]:
            seen.take(ours.recv(LARGEST_FRAME_BYTES))

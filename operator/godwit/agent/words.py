"""What an error says to people: the system's words, without numbers and without places in somebody's code."""

import errno
import os
import re
import socket
import ssl

_NUMBER = re.compile(r"\[Errno (\d+)\]")
_CODE = re.compile(r"^\[[^\]]*\] | \(_ssl\.c:\d+\)$")


def words(error: BaseException) -> str:
    """Never empty."""
    if isinstance(error, OSError) and (found := numbers(error)):
        return ", ".join(os.strerror(number) for number in sorted(found))
    return _CODE.sub("", str(error)) or type(error).__name__


def numbers(error: OSError) -> set[int]:
    """The system's numbers; none where they are OpenSSL's or the resolver's own.

    Of a name with several addresses asyncio tells the numbers in one text alone, and a connection that ends
    in a handshake it tells without any.
    """
    if isinstance(error, ssl.SSLError | socket.gaierror):
        return set()
    if error.errno:
        return {error.errno}
    if isinstance(error, ConnectionResetError):
        return {errno.ECONNRESET}
    return {int(number) for number in _NUMBER.findall(str(error))}

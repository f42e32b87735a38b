"""People read what an error says, and no numbers."""

import errno
import socket
import ssl

import pytest

from godwit.agent.words import numbers, words


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('10.0.0.2', 16514)"), "Connection refused"),
        (OSError(errno.ENODEV, "No such device"), "No such device"),
        (FileNotFoundError(2, "No such file or directory", "/ca.pem"), "No such file or directory"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)"),
         "wrong version number"),
        (ValueError("it has no PEM block of one"), "it has no PEM block of one"),
        (ConnectionResetError(), "Connection reset by peer"),
        (ConnectionAbortedError(), "ConnectionAbortedError"),
    ],
)  # fmt: skip
def test_an_error_is_told_in_words_alone(error: Exception, said: str) -> None:
    assert words(error) == said


def several(*found: int) -> OSError:
    """As asyncio tells it of a name with as many addresses."""
    each = (f"[Errno {number}] Connect call failed ('10.0.0.{n}', 16514)" for n, number in enumerate(found))
    return OSError(f"Multiple exceptions: {', '.join(each)}")


def test_what_became_of_each_of_several_addresses_is_told_once() -> None:
    refused, mixed = several(111, 111), several(113, 111)
    assert (numbers(refused), words(refused)) == ({111}, "Connection refused")
    assert (numbers(mixed), words(mixed)) == ({111, 113}, "Connection refused, No route to host")


def test_the_numbers_of_tls_and_of_names_are_not_the_systems() -> None:
    assert numbers(ssl.SSLError(1, "wrong version number")) == set()
    assert numbers(socket.gaierror(-2, "Name or service not known")) == set()

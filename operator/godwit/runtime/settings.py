"""What each process is told by its environment, parsed once at its start.

A process with a missing or bad variable doesn't start: `SettingsError` names the variable, says what is wrong
with it, and what to do. Nothing is read from the environment later.
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar
from urllib.parse import urlsplit

from godwit.domain.contact import MIGRATION_PORT

T = TypeVar("T")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - the kubelet and Prometheus ask from outside of the pod
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsError(ValueError):
    """A variable that is missing or bad; `str()` names it and says what to do."""


@dataclass(frozen=True)
class OperatorSettings:
    """What both processes are told, and all that the operator is."""

    namespace: str
    """Godwit's own, where tasks and Leases lie."""
    version: str
    metrics_host: str
    """IPv4 address on which `/metrics`, `/healthz` and `/readyz` are served."""
    metrics_port: int
    log_level: str

    @classmethod
    def parse(cls, environment: Mapping[str, str]) -> "OperatorSettings":
        """From variables by name; `SettingsError` when one is missing or bad."""
        read = _Reader(environment)
        return cls(
            namespace=read("GODWIT_NAMESPACE", _name),
            version=read("GODWIT_IMAGE_VERSION", str, default="unknown"),
            metrics_host=read("GODWIT_METRICS_HOST", _ipv4, default=EVERY_ADDRESS),
            metrics_port=read("GODWIT_METRICS_PORT", _port),
            log_level=read("GODWIT_LOG_LEVEL", _log_level, default="INFO"),
        )


@dataclass(frozen=True)
class AgentSettings(OperatorSettings):
    """What an agent is told."""

    node_name: str
    node_address: Address
    """The node's InternalIP: the migration address where no network is named."""
    migration_network: Network | None
    """The host's address in it is the migration address."""
    image_directories: tuple[PurePosixPath, ...]
    """On the host, and mounted here at the same paths."""
    libvirt_uri: str
    mountinfo: Path
    """Where the host's mount table can be read."""
    authorities: Path | None = None
    """The host's file of those that its libvirt trusts; None: the agent is not shown it."""
    client_certificate: Path | None = None
    """The same of what its libvirt shows to others."""
    migration_port: int = MIGRATION_PORT
    """One of those that its QEMU listens on for a guest that comes in: for the preflight."""
    qemu_server_certificate: Path | None = None
    """The same of what its QEMU shows when a guest comes in."""
    qemu_client_certificate: Path | None = None
    """The same when one leaves."""

    @classmethod
    def parse(cls, environment: Mapping[str, str]) -> "AgentSettings":
        """From variables by name; `SettingsError` when one is missing or bad."""
        read = _Reader(environment)
        common = OperatorSettings.parse(environment)
        return cls(
            namespace=common.namespace,
            version=common.version,
            metrics_host=common.metrics_host,
            metrics_port=common.metrics_port,
            log_level=common.log_level,
            node_name=read("NODE_NAME", _name),
            node_address=read("NODE_IP", ipaddress.ip_address),
            migration_network=read("GODWIT_MIGRATION_CIDR", _network, default=""),
            image_directories=read("GODWIT_IMAGE_DIRECTORIES", _directories, default=""),
            libvirt_uri=read("GODWIT_LIBVIRT_URI", _uri, default="qemu:///system"),
            mountinfo=read("GODWIT_MOUNTINFO", Path, default="/proc/1/mountinfo"),
            authorities=read("GODWIT_CA_FILE", _file, default=""),
            client_certificate=read("GODWIT_CLIENT_CERTIFICATE_FILE", _file, default=""),
            migration_port=read("GODWIT_MIGRATION_PORT", _port, default=str(MIGRATION_PORT)),
            qemu_server_certificate=read("GODWIT_QEMU_SERVER_CERTIFICATE_FILE", _file, default=""),
            qemu_client_certificate=read("GODWIT_QEMU_CLIENT_CERTIFICATE_FILE", _file, default=""),
        )


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def __call__(self, variable: str, parse: Callable[[str], T], default: str | None = None) -> T:
        text = self._environment.get(variable, default)
        if text is None:
            raise SettingsError(f"{variable} is not set: the chart sets it, outside of a pod set it yourself")
        try:
            return parse(text)
        except ValueError as problem:
            raise SettingsError(
                f"{variable} is {text!r}: {problem}; set it right in the chart's values or in the environment"
            ) from problem


def _name(text: str) -> str:
    if not text:
        raise ValueError("it is empty, and a name is needed")
    return text


def _ipv4(text: str) -> str:
    return str(ipaddress.IPv4Address(text))


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ValueError("a port is a number from 1 to 65535")
    return int(text)


def _log_level(text: str) -> str:
    if text not in LOG_LEVELS:
        raise ValueError(f"a level is one of {', '.join(LOG_LEVELS)}")
    return text


def _network(text: str) -> Network | None:
    return ipaddress.ip_network(text) if text else None


def _file(text: str) -> Path | None:
    path = Path(text)
    if text and not path.is_absolute():
        raise ValueError("a file is named by its absolute path")
    return path if text else None


def _directories(text: str) -> tuple[PurePosixPath, ...]:
    directories = tuple(PurePosixPath(part) for part in text.split(":") if part)
    for directory in directories:
        if not directory.is_absolute() or ".." in directory.parts:
            raise ValueError(f"{directory} is no absolute path without '..'; paths are separated by ':'")
    return directories


def _uri(text: str) -> str:
    if not urlsplit(text).scheme:
        raise ValueError("a libvirt URI looks like qemu:///system")
    return text

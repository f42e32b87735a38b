from ipaddress import ip_address, ip_network
from pathlib import PurePosixPath

import pytest

from godwit.runtime.settings import EVERY_ADDRESS, AgentSettings, OperatorSettings, SettingsError

OPERATOR = {
    "GODWIT_NAMESPACE": "godwit-system",
    "GODWIT_IMAGE_VERSION": "0.1.0",
    "GODWIT_METRICS_PORT": "8080",
}
AGENT = {
    **OPERATOR,
    "NODE_NAME": "host1",
    "NODE_IP": "10.0.0.1",
    "GODWIT_MIGRATION_CIDR": "",
    "GODWIT_IMAGE_DIRECTORIES": "/var/lib/libvirt/images:/srv/vms",
    "GODWIT_LIBVIRT_URI": "qemu:///system",
    "GODWIT_MOUNTINFO": "/host/mountinfo",
    "GODWIT_CA_FILE": "/etc/pki/CA/cacert.pem",
    "GODWIT_CLIENT_CERTIFICATE_FILE": "",
    "GODWIT_MIGRATION_PORT": "49300",
    "GODWIT_QEMU_SERVER_CERTIFICATE_FILE": "/etc/pki/qemu/server-cert.pem",
    "GODWIT_QEMU_CLIENT_CERTIFICATE_FILE": "",
}


def test_what_the_chart_gives_the_operator_is_understood() -> None:
    settings = OperatorSettings.parse(OPERATOR)
    assert (settings.namespace, settings.version, settings.metrics_port) == ("godwit-system", "0.1.0", 8080)
    assert (settings.metrics_host, settings.log_level) == (EVERY_ADDRESS, "INFO")


def test_what_the_chart_gives_an_agent_is_understood() -> None:
    settings = AgentSettings.parse({**AGENT, "GODWIT_MIGRATION_CIDR": "10.20.0.0/16"})
    assert settings.node_name == "host1"
    assert settings.node_address == ip_address("10.0.0.1")
    assert settings.migration_network == ip_network("10.20.0.0/16")
    assert settings.image_directories == (PurePosixPath("/var/lib/libvirt/images"), PurePosixPath("/srv/vms"))
    assert str(settings.mountinfo) == "/host/mountinfo"
    assert str(settings.authorities) == "/etc/pki/CA/cacert.pem"
    assert settings.client_certificate is None
    assert settings.migration_port == 49300


def test_no_migration_network_and_no_image_directories_are_fine() -> None:
    settings = AgentSettings.parse({**AGENT, "GODWIT_IMAGE_DIRECTORIES": ""})
    assert settings.migration_network is None
    assert settings.image_directories == ()


@pytest.mark.parametrize("variable", ["GODWIT_NAMESPACE", "GODWIT_METRICS_PORT", "NODE_NAME", "NODE_IP"])
def test_a_missing_variable_is_named(variable: str) -> None:
    environment = {name: value for name, value in AGENT.items() if name != variable}
    with pytest.raises(SettingsError, match=f"{variable} is not set.*set it"):
        AgentSettings.parse(environment)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GODWIT_NAMESPACE", ""),
        ("GODWIT_METRICS_PORT", "http"),
        ("GODWIT_METRICS_PORT", "0"),
        ("GODWIT_METRICS_PORT", "65536"),
        ("GODWIT_METRICS_HOST", "::"),
        ("GODWIT_LOG_LEVEL", "loud"),
        ("NODE_NAME", ""),
        ("NODE_IP", "host1"),
        ("GODWIT_MIGRATION_CIDR", "10.20.0.1/16"),
        ("GODWIT_IMAGE_DIRECTORIES", "images"),
        ("GODWIT_IMAGE_DIRECTORIES", "/srv/../etc"),
        ("GODWIT_LIBVIRT_URI", "system"),
        ("GODWIT_CA_FILE", "cacert.pem"),
    ],
)
def test_a_bad_value_is_named_with_its_variable_and_what_to_do(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        AgentSettings.parse({**AGENT, variable: value})
    assert f"{variable} is {value!r}: " in str(refused.value)
    assert "set it right" in str(refused.value)

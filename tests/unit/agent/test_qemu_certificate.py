"""A look at files as QEMU's are."""

from pathlib import Path

import pytest

from godwit.agent.qemu_certificate import QEMUCertificateFiles
from godwit.domain.task import Role

from .authorities import Pair, authority, issued


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[Role, Pair]:
    by = authority(tmp_path_factory.mktemp("pki"), "ours")
    return {Role.SOURCE: issued(by, "client"), Role.DESTINATION: issued(by, "server")}


async def test_a_source_shows_the_client_s_and_a_destination_the_server_s(pairs: dict[Role, Pair]) -> None:
    files = QEMUCertificateFiles(pairs[Role.DESTINATION].certificate, pairs[Role.SOURCE].certificate)
    for role, name in ((Role.SOURCE, "client"), (Role.DESTINATION, "server")):
        seen = await files.look(role)
        assert seen.own.certificate is not None
        assert seen.own.certificate.subject == name
        assert seen.own.certificate.not_before <= seen.at < seen.own.certificate.not_after


@pytest.mark.parametrize("role", Role)
async def test_a_file_that_is_not_there_or_was_not_given_is_an_answer(role: Role, tmp_path: Path) -> None:
    absent = tmp_path / "cert.pem"
    seen = await QEMUCertificateFiles(absent, absent).look(role)
    assert seen.own.certificate is None
    assert f"{absent} can't be read" in seen.own.why
    assert "given no such file" in (await QEMUCertificateFiles(None, None).look(role)).own.why

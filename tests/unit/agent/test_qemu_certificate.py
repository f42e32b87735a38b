"""A look at files as QEMU's are."""

import asyncio
import os
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


def test_a_file_that_hangs_is_an_answer_too_and_holds_up_no_other(
    tmp_path: Path, pairs: dict[Role, Pair]
) -> None:
    hanging = tmp_path / "cert.pem"
    os.mkfifo(hanging)
    files = QEMUCertificateFiles(hanging, pairs[Role.SOURCE].certificate, look_seconds=0.2)

    async def look() -> None:
        for _ in range(2):
            seen = await files.look(Role.DESTINATION)
            assert seen.own.why == f"{hanging} can't be read: no answer within 0.2 s"
        assert (await files.look(Role.SOURCE)).own.certificate is not None

    try:
        asyncio.run(look())
    finally:
        os.close(os.open(hanging, os.O_WRONLY | os.O_NONBLOCK))

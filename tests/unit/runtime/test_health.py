"""The server, asked by a real client on loopback."""

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Counter

from godwit.runtime.health import Check, HealthServer, dead_watch, stuck


def server(
    healthz: dict[str, Check] | None = None,
    readyz: dict[str, Check] | None = None,
    registry: CollectorRegistry | None = None,
) -> HealthServer:
    return HealthServer(
        registry or CollectorRegistry(), healthz=healthz or {}, readyz=readyz or {}, host="127.0.0.1", port=0
    )


async def get(served: HealthServer, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{served.port}{path}") as answer,
    ):
        return answer.status, await answer.text()


async def test_metrics_are_served_as_prometheus_reads_them() -> None:
    registry = CollectorRegistry()
    Counter("seen_total", "Things seen.", registry=registry).inc(3)
    async with server(registry=registry) as served:
        status, text = await get(served, "/metrics")
    assert status == 200
    assert "seen_total 3.0" in text


async def test_a_process_that_is_well_says_so() -> None:
    async with server(healthz={"loops": lambda: None}) as served:
        assert await get(served, "/healthz") == (200, "loops: ok\n")
        assert await get(served, "/readyz") == (200, "ok\n")


async def test_each_reason_is_named_and_health_and_readiness_are_apart() -> None:
    async with server(readyz={"api": lambda: None, "libvirt": lambda: "not connected"}) as served:
        assert await get(served, "/readyz") == (503, "api: ok\nlibvirt: not connected\n")
        assert (await get(served, "/healthz"))[0] == 200


async def test_a_check_that_fails_is_red_and_the_server_goes_on() -> None:
    def broken() -> str | None:
        raise KeyError("odd")

    async with server(healthz={"broken": broken}) as served:
        status, text = await get(served, "/healthz")
        assert status == 503
        assert "odd" in text
        assert (await get(served, "/readyz"))[0] == 200


async def test_what_is_recovered_is_green_again() -> None:
    reasons: list[str | None] = ["away"]
    async with server(readyz={"api": lambda: reasons[0]}) as served:
        assert (await get(served, "/readyz"))[0] == 503
        reasons[0] = None
        assert (await get(served, "/readyz"))[0] == 200


async def test_its_port_is_free_again_after_it() -> None:
    async with server() as first:
        port = first.port
    again = HealthServer(CollectorRegistry(), healthz={}, readyz={}, host="127.0.0.1", port=port)
    async with again as second:
        assert second.port == port


@pytest.mark.parametrize(("seconds", "red"), [(0.0, False), (299.0, False), (301.0, True)])
def test_only_a_pass_that_outlasts_every_deadline_is_stuck(seconds: float, red: bool) -> None:
    assert (stuck("the migrations' loop", lambda: seconds)() is not None) == red


@pytest.mark.parametrize(
    ("seconds", "api_answers", "red"), [(30.0, True, False), (1000.0, False, False), (1000.0, True, True)]
)
def test_a_silent_watch_is_dead_only_while_the_api_server_answers(
    seconds: float, api_answers: bool, red: bool
) -> None:
    assert (dead_watch(lambda: seconds, lambda: api_answers)() is not None) == red

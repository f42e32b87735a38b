"""`/metrics`, `/healthz` and `/readyz` of a process, on its own event loop.

A loop that is stuck can't answer, and that is the point. `/healthz` is red only where a restart helps; what
is lost outside (libvirt, the API server) makes `/readyz` red, and the process goes on trying.
"""

from collections.abc import Callable, Mapping
from types import TracebackType

from aiohttp import web
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest

Check = Callable[[], str | None]
"""None, or the reason why it isn't well; quick, and without a wait."""

STUCK_SECONDS = 300.0
"""No pass of a loop takes so long: each call has its deadline."""
DEAD_SECONDS = 360.0
"""The watch mends itself within less."""


def stuck(what: str, busy_seconds: Callable[[], float], limit_seconds: float = STUCK_SECONDS) -> Check:
    """For `/healthz`: something has been at one piece of work for too long."""

    def check() -> str | None:
        seconds = busy_seconds()
        return f"{what} is stuck for {seconds:.0f} s" if seconds > limit_seconds else None

    return check


def dead_watch(
    answered_seconds_ago: Callable[[], float],
    api_answers: Callable[[], bool],
    limit_seconds: float = DEAD_SECONDS,
) -> Check:
    """For `/healthz`: the API server answers our other requests, and the watch hears nothing."""

    def check() -> str | None:
        seconds = answered_seconds_ago()
        if seconds > limit_seconds and api_answers():
            return f"the watch heard nothing for {seconds:.0f} s, though the API server answers"
        return None

    return check


class HealthServer:
    """Serves while it is entered, as an async context manager; port 0 takes any free one."""

    def __init__(
        self,
        registry: CollectorRegistry,
        *,
        healthz: Mapping[str, Check],
        readyz: Mapping[str, Check],
        host: str,
        port: int,
    ) -> None:
        self._registry = registry
        self._healthz = healthz
        self._readyz = readyz
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The one it listens on, once it is entered."""
        return self._port

    async def __aenter__(self) -> "HealthServer":
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._health)
        app.router.add_get("/readyz", self._readiness)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        )

    async def _health(self, request: web.Request) -> web.Response:
        return _answer(self._healthz)

    async def _readiness(self, request: web.Request) -> web.Response:
        return _answer(self._readyz)


def _answer(checks: Mapping[str, Check]) -> web.Response:
    reasons = {name: _ask(check) for name, check in checks.items()}
    lines = [f"{name}: {reason or 'ok'}\n" for name, reason in reasons.items()]
    return web.Response(text="".join(lines) or "ok\n", status=503 if any(reasons.values()) else 200)


def _ask(check: Check) -> str | None:
    try:
        return check()
    except Exception as problem:
        return f"the check failed: {problem!r}"

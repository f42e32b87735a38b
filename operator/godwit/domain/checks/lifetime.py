"""What is wrong with a certificate's dates: it must be good now, and until the job has begun and is over."""

from datetime import datetime, timedelta

from godwit.domain import duration
from godwit.domain.migration import CheckResult
from godwit.domain.road import Certificate
from godwit.domain.value import Value

DAY_SECONDS = 86400


class Flaw(Value):
    """How bad it is, and what is said of it after the certificate's name."""

    result: CheckResult
    text: str


def flaw(certificate: Certificate, at: datetime, timeout_seconds: int | None) -> Flaw | None:
    """Fails where it would end before the job's time is over; its last day is a warning in any case."""
    if at < certificate.not_before:
        return Flaw(CheckResult.FAIL, f"is good only from {when(certificate.not_before)} on")
    left = certificate.not_after - at
    if left <= timedelta():
        return Flaw(CheckResult.FAIL, f"ended at {when(certificate.not_after)}")
    ends = f"ends at {when(certificate.not_after)}"
    if timeout_seconds is not None and left < timedelta(seconds=timeout_seconds):
        limit = duration.text(timeout_seconds)
        return Flaw(CheckResult.FAIL, f"{ends}, before tuning.timeout ({limit}) is over")
    if left < timedelta(seconds=DAY_SECONDS):
        return Flaw(CheckResult.WARN, f"{ends}, within a day")
    return None


def when(moment: datetime) -> str:
    """For people."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")

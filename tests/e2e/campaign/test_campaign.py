"""A short campaign of `make faults`, the same in every run of the tests: each promise holds."""

import json
import subprocess

import pytest

from ..api_server import REPOSITORY

pytestmark = pytest.mark.e2e

SEED, RUNS = 167, 2
SECONDS = 300.0
"""Three times what it may take."""


def test_faults_at_random_break_no_promise() -> None:
    command = [str(REPOSITORY / "hack/faults"), "--seed", str(SEED), "--runs", str(RUNS), "-o", "json"]
    done = subprocess.run(command, text=True, capture_output=True, timeout=SECONDS)
    assert done.stdout, done.stderr
    records = json.loads(done.stdout)
    told = [
        {key: record[key] for key in ("findings", "timeline")} for record in records if record["findings"]
    ]
    assert not told, json.dumps(told, indent=1)
    assert (done.returncode, len(records)) == (0, RUNS), done.stderr

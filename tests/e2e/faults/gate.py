"""A webhook of the lab that holds one write of an agent, `starting`, until it is let go.

The API server calls it, on the machine's own address in the api plane, before it stores such a status.
"""

import base64
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from faultkit.client import Client
from labkit.certificates import authority, pair
from labkit.lab import Lab, Plane

_CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
_NAME = "held-start.test.godwit.dev"
LONGEST_SECONDS = 30
"""The API server waits no longer for a webhook."""
_BEGINS = "has(object.status.starting) && !(has(oldObject.status) && has(oldObject.status.starting))"


class Gate:
    """`reached` when an agent's write waits; `open` lets it and all later ones go."""

    def __init__(self) -> None:
        self.reached = Event()
        self.open = Event()


@contextmanager
def gate(lab: Lab, client: Client) -> Iterator[Gate]:
    """It stands while the block lasts."""
    found = Gate()
    address = f"{lab.subnet(Plane.API)}.254"
    server = ThreadingHTTPServer((address, 0), _handler(found))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair(lab, "gate", "/CN=gate", f"IP:{address}"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    serving = Thread(target=server.serve_forever)
    serving.start()
    client.must("DELETE", f"{_CONFIGURATIONS}/{_NAME}")
    client.must("POST", _CONFIGURATIONS, _configuration(lab, f"https://{address}:{server.server_port}/"))
    try:
        yield found
    finally:
        client.must("DELETE", f"{_CONFIGURATIONS}/{_NAME}")
        found.open.set()
        server.shutdown()
        server.server_close()
        serving.join()


def _configuration(lab: Lab, url: str) -> dict[str, Any]:
    bundle = base64.b64encode((authority(lab) / "ca.crt").read_bytes()).decode()
    rule = {
        "apiGroups": ["godwit.dev"],
        "apiVersions": ["v1alpha1"],
        "operations": ["UPDATE"],
        "resources": ["migrationtasks/status"],
    }
    webhook = {
        "name": _NAME,
        "admissionReviewVersions": ["v1"],
        "clientConfig": {"url": url, "caBundle": bundle},
        "rules": [rule],
        "matchConditions": [{"name": "begins", "expression": _BEGINS}],
        "sideEffects": "None",
        "failurePolicy": "Ignore",
        "timeoutSeconds": LONGEST_SECONDS,
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": _NAME},
        "webhooks": [webhook],
    }


def _handler(gate: Gate) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            gate.reached.set()
            gate.open.wait(LONGEST_SECONDS)
            allowed = {"uid": asked["request"]["uid"], "allowed": True}
            answer = json.dumps(
                {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": allowed}
            )
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the API server may have hung up."""

    return Handler

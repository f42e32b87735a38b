"""libvirt's own event loop: one daemon thread per process, running before the first connection is opened.

Without it no event and no close callback arrives, and libvirtd takes the client for dead. The thread ends
with the process and at no other time.
"""

import threading
import time
from contextlib import suppress

import libvirt

_PAUSE_AFTER_ERROR_SECONDS = 0.1
_lock = threading.Lock()
_thread: threading.Thread | None = None


def ensure_running() -> None:
    """Start the thread unless it runs; to be called before each `libvirt.open`."""
    global _thread
    with _lock:
        if _thread is not None:
            return
        # Errors are raised as well: the default handler would only repeat them on stderr.
        libvirt.registerErrorHandler(lambda _opaque, _error: None, None)
        libvirt.virEventRegisterDefaultImpl()
        _thread = threading.Thread(target=_run, name="libvirt-events", daemon=True)
        _thread.start()


def _run() -> None:
    while True:
        with suppress(libvirt.libvirtError):
            libvirt.virEventRunDefaultImpl()
            continue
        time.sleep(_PAUSE_AFTER_ERROR_SECONDS)

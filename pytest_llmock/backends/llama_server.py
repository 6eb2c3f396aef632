"""llama.cpp's own HTTP server in a process of its own; `llama_process.py` runs this file, nothing imports it.

It reads one line of JSON from standard input ({"path", "alias", "context", "slots", "key"}), loads the model,
and writes its address, one line, to standard output. It ends when standard input closes, so that it cannot
outlive whoever started it. What llama.cpp complains about goes to standard error.
"""

import json
import os
import signal
import sys
from typing import Any


def serve(order: dict[str, Any]) -> None:  # Any: it is what our own process has written, a line of JSON
    """Serve the model until standard input closes. Raises RuntimeError when it cannot be loaded."""
    told = os.dup(1)
    os.dup2(2, 1)  # llama.cpp also writes to standard output, where the one line is waited for
    server = started(order)
    os.write(told, f"{server.listening_address}\n".encode())
    sys.stdin.read()
    os._exit(0)  # closing the server would wait for every answer that is still being made


def started(order: dict[str, Any]) -> Any:  # Any: the wheel has no types
    """The server, its model loaded, on a free port that only whoever has the key may use."""
    import xllamacpp  # noqa: PLC0415 - an extra, and 100 MB of machine code: standard output is moved first

    params = xllamacpp.CommonParams()
    params.model.path = order["path"]
    params.model_alias = {order["alias"]}
    params.n_parallel = order["slots"]
    params.n_ctx = order["context"] * order["slots"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [order["key"]]
    params.cache_ram_mib = 0  # it would keep up to 8 GB of what it has read
    params.offline = True
    params.ui = False
    params.verbosity = 1  # errors
    return xllamacpp.Server(params)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started it
    serve(json.loads(sys.stdin.readline()))

"""The settings come from the llmock.json beside this file, and the address from the stand-in of the service."""

from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from telegraph_service import Telegraph

from pytest_llmock import load_settings


@pytest.fixture(scope="session")
def address():
    with ThreadingHTTPServer(("127.0.0.1", 0), Telegraph) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def llmock_settings(address):
    settings = load_settings(Path(__file__).parent)
    return settings.merged({"Backends": [{"Name": "wire", "BaseUrl": address}]}, where="conftest.py")

"""A real browser, and a page of another origin than the server's.

Without Chromium these tests are skipped; on a build machine they fail, as what is skipped there is never run.
"""

import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pytest_llmock.choice import Choice
from pytest_llmock.config import load_settings
from pytest_llmock.server.runtime import Runtime

PAGE = b"<!doctype html><title>a page of the application under test</title>"


class _Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        """Nobody reads what was asked of a blank page."""


@pytest.fixture(scope="session")
def origin():
    """The address of a page that is not ours: an origin of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")  # while playwright runs, no other test can have a loop in this thread
def chromium():
    """The system's Chromium, which nobody has to download."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("the browser tests need Chromium: apt-get install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, origin):
    """A page of the other origin."""
    page = chromium.new_page()
    page.goto(origin)
    yield page
    page.close()


@pytest.fixture
def opened(tmp_path):
    """Opens a session: `opened(settings={…})`."""
    runtime = Runtime()

    def opened(settings=None):
        loaded = load_settings(tmp_path, environ={}, overrides=settings or {})
        return runtime.open(loaded, Choice(test="t.py::t"))

    yield opened
    runtime.close()

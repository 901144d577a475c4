"""What a reader sees when all is not well: no service, no data, an old day; and the page below a path of a proxy."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from browsing import visit
from fixtures_running import Running
from sites import Site, trained_copy

from leadcast.workspace import read_workspace

pytestmark = pytest.mark.page
PREFIX = "/crm/leadcast"


@pytest.mark.parametrize("view", ["/forecast", "/deals", "/leads", "/funnel", "/model"])
def test_a_service_that_is_gone_is_said_and_tried_again(browser: Any, demo: Site, view: str) -> None:
    with visit(browser, demo.address) as seen:
        seen.go("/what-if")
        seen.page.route("**/v1/**", lambda route: route.abort())
        seen.page.goto(f"{demo.address}/#{view}")
        seen.page.get_by_text("No connection").first.wait_for()
        assert not seen.findings()
        seen.page.unroute("**/v1/**")
        seen.wait()
        seen.click(seen.page.get_by_role("button", name="Try again").first)
        assert not seen.page.locator("main .failed").count() and seen.page.locator(".lead").count()
        seen.said = [line for line in seen.said if "net::ERR_FAILED" not in line]  # of the browser, not of the page


@pytest.fixture(scope="module")
def without_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service whose models are trained and whose store is empty."""
    folder = trained_copy("demo", tmp_path_factory.mktemp("empty") / "copy", None)
    with Running(read_workspace(folder), "--workers", "1", "--no-work", environ={"OMP_NUM_THREADS": "1"}) as running:
        yield running.address


@pytest.mark.parametrize("view", ["/forecast", "/what-if", "/deals", "/leads", "/funnel", "/funnel?part=compare", "/model"])
def test_an_empty_store_is_no_accident(browser: Any, without_data: str, view: str) -> None:
    with visit(browser, without_data) as seen:
        seen.go(view)
        assert not seen.page.locator("main .failed").count() and not seen.strange() and not seen.findings(), seen.text()
        assert len(seen.text()) > 20


def test_below_the_path_of_a_proxy_everything_is_found(browser: Any, demo: Site) -> None:
    with below_a_path(demo.address) as address, visit(browser, address) as seen:
        for view in ("", "#/deals", "#/funnel"):
            seen.page.goto(f"{address}{PREFIX}/{view}")
            seen.wait()
            assert seen.page.locator(".lead").count() and not seen.page.locator("main .failed").count()
        seen.click(seen.page.get_by_role("link", name="Forecast"))
        assert seen.page.locator("figure.chart svg").count() and seen.page.url.startswith(f"{address}{PREFIX}/")


@contextmanager
def below_a_path(target: str) -> Iterator[str]:
    """``with below_a_path(address) as proxy``: a reverse proxy that knows the service below /crm/leadcast alone."""
    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(f"{PREFIX}/"):
                self.send_error(404)
                return
            service = http.client.HTTPConnection(urlsplit(target).netloc, timeout=60)
            service.request("GET", self.path.removeprefix(PREFIX), headers=dict(self.headers.items()))
            answer = service.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()

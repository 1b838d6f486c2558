"""A running server: what it refuses of other sites and of strangers, and that it can be stopped in a run."""

from __future__ import annotations

import asyncio
import http.client
import re
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.explorer_server import Server
from benchmarks.visitor import Visitor
from masw_core.engine.jobs import PATIENCE

import pytest
import websockets
from websockets.exceptions import InvalidStatus

GUIDE = (Path(__file__).parents[2] / "docs" / "running-it-for-a-class.md").read_text()
ELSEWHERE = "https://elsewhere.example"
RUN = "lab_run"
SHORT = "lab_picture=Farm&lab_masw_steps=3&lab_masw_tau=0.01&lab_seed=7"
LONG = "lab_picture=Farm&lab_masw_steps=1000&lab_masw_tau=0.01&lab_seed=7"
LONGER = "lab_picture=Wine&lab_masw_steps=1000&lab_masw_tau=0.01"  # of a photo: more than twice the patience
BUSY = 0.1  # of a processor, on a machine that is busy with other things too; at rest it is a hundredth


class Person(Visitor):
    """A visitor who remembers the id of their session, as the browser's side does for uploads."""

    session = ""

    def _take(self, message) -> None:
        if message.WhichOneof("type") == "new_session":
            self.session = message.new_session.initialize.session_id
        super()._take(message)


def ask(explorer, method: str, path: str, body: bytes | None = None, **headers: str):
    """(status, headers, body) of one request; ``x_y`` is the header ``x-y``."""
    connection = http.client.HTTPConnection("127.0.0.1", explorer.port, timeout=10)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders(body)
    answer = connection.getresponse()
    said = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return said


def awaited(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives, run in a thread of its own: Playwright keeps a loop in that of the tests."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, coroutine).result()


async def begin(person: Person, link: str) -> None:
    """Start the run of a link and wait until it is on its way, as the link has it."""
    await person.open("attack_lab", link)
    assert "This link was not quite possible" not in str(person.said)
    await person.run(RUN)
    while person.reached < 3 and not person.ended:
        await asyncio.sleep(0.05)


async def run_to_the_end(explorer) -> None:
    async with Person(explorer.address) as person:
        await begin(person, SHORT)
        await person.until_ended()


async def stop_in_a_run(explorer) -> None:
    async with Person(explorer.address) as person:
        await begin(person, LONG)
        assert not person.ended
        assert explorer.stop() == 0


def token(explorer) -> str:
    """The token that a page of this site reads from its cookie."""
    cookie = ask(explorer, "GET", "/_stcore/health")[1]["set-cookie"]
    assert "samesite=lax" in cookie.lower()
    return re.match(r"_streamlit_xsrf=([^;]+)", cookie)[1]


def test_the_health_check_answers_what_the_guide_says(explorer):
    status, _, body = ask(explorer, "GET", "/_stcore/health")
    assert (status, body) == (200, b"ok")
    assert "`/_stcore/health` answers 200 and `ok`" in GUIDE


def test_an_upload_from_another_site_is_refused(explorer):
    path, mine = "/_stcore/upload_file/anyone/any", token(explorer)
    forged = {"origin": ELSEWHERE, "content_length": "0"}
    cookie = f"_streamlit_xsrf={mine}"
    for more in (
        {},
        {"cookie": cookie},
        {"x_xsrftoken": mine},
        {"cookie": cookie, "x_xsrftoken": mine[:-12] + "0" * 12},
    ):
        assert ask(explorer, "PUT", path, **forged, **more)[0] == 403
    assert ask(explorer, "PUT", path, cookie=cookie, x_xsrftoken=mine, content_length="0")[0] == 400  # nobody's session
    _, headers, _ = ask(explorer, "OPTIONS", path, origin=ELSEWHERE)
    assert headers.get("access-control-allow-origin") not in ("*", ELSEWHERE)


def test_the_websocket_is_refused_to_other_sites(explorer):
    async def knock(origin):
        async with websockets.connect(f"ws://{explorer.address}/_stcore/stream", origin=origin):
            return 101

    with pytest.raises(InvalidStatus) as refused:
        awaited(knock(ELSEWHERE))
    assert refused.value.response.status_code == 403
    assert awaited(knock(f"http://{explorer.address}")) == 101


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(explorer):
    async def session():
        async with Person(explorer.address) as person:
            await person.open("")
            mine = token(explorer)
            path, size = f"/_stcore/upload_file/{person.session}/a", str(48 * 2**20 + 1)
            sent = {"cookie": f"_streamlit_xsrf={mine}", "x_xsrftoken": mine, "content_length": size}
            return await asyncio.to_thread(ask, explorer, "PUT", path, **sent)

    status, _, body = awaited(session())
    assert (status, body) == (413, b"File too large")


@pytest.mark.parametrize(
    "path",
    [
        f"{start}{steps}{end}"
        for start in ("/app/static/", "/static/", "/media/", "/component/", "/_stcore/bidi-components/", "/")
        for steps, end in (("../" * 12, "etc/passwd"), ("..%2f" * 12, "etc/passwd"), ("/", "etc/passwd"))
    ]
    + ["/.streamlit/config.toml", "/app/static/config.toml", "/assets/models/photo.json", "/media/%00"],
)
def test_no_path_leads_to_a_file_of_the_server(path, explorer):
    status, _, body = ask(explorer, "GET", path)
    assert b"root:" not in body
    assert b"maxUploadSize" not in body
    assert b"NanoDet" not in body
    assert status in (200, 400, 403, 404)
    assert status != 200 or b"<title>Streamlit</title>" in body, "the page itself, which then says what is not there"


def test_metrics_are_named_in_the_guide_as_what_a_proxy_keeps_to_itself(explorer):
    assert ask(explorer, "GET", "/_stcore/metrics")[0] == 200
    assert "/_stcore/metrics" in GUIDE


def test_a_run_whose_browser_has_gone_ends_and_its_link_opens_again(explorer):
    """Seen from outside: nothing computes any more."""
    server = Server(explorer.address, explorer.process.pid)

    async def share_of_a_processor() -> float:
        before = server.processor_seconds()
        await asyncio.sleep(2)
        return (server.processor_seconds() - before) / 2

    async def leave_in_a_run() -> None:
        async with Person(explorer.address) as person:
            await begin(person, LONGER)
            assert await share_of_a_processor() > BUSY
            assert not person.ended

    async def until_idle() -> None:
        while await share_of_a_processor() > BUSY:
            pass

    awaited(asyncio.wait_for(leave_in_a_run(), 110))
    awaited(asyncio.wait_for(until_idle(), 5 * PATIENCE))
    awaited(asyncio.wait_for(leave_in_a_run(), 110))  # it computes anew: what was left was not the end of it
    awaited(asyncio.wait_for(run_to_the_end(explorer), 110))
    assert "Traceback" not in explorer.log.read_text()


def test_a_server_stopped_in_a_run_ends_at_once_and_opens_the_link_again(explorer):
    """Last, since it takes the server away from the others."""
    awaited(asyncio.wait_for(stop_in_a_run(explorer), 110))
    assert "Traceback" not in explorer.log.read_text()
    explorer.start()
    awaited(asyncio.wait_for(run_to_the_end(explorer), 110))
    assert "Traceback" not in explorer.log.read_text()

"""A visitor without a browser: Streamlit's own messages over its own websocket, as the browser's side sends them.

It opens pages, sets widgets, presses buttons, and runs the timers that fragments ask for, each at its interval whether
or not the server has answered the last time, as browsers do. It draws nothing.
"""

from __future__ import annotations

import asyncio
import re
import time
from types import TracebackType
from typing import Any, Self

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

BIGGEST = 64 * 2**20  # bytes of one message
STEP = re.compile(r"^Step (\d+) of (\d+)")


class Visitor:
    """One browser session. Use it as ``async with Visitor(address) as visitor``.

    Attributes:
        received, bytes: messages from the server so far, and their size.
        sent: messages to the server so far.
        reached: the last step of its current run that it was told of.
        total: steps of all its runs that it was told of.
        ended: its current run has ended.
        said: the last text that each kind of element showed.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.received = self.bytes = self.sent = 0
        self.reached = self.total = self._last = 0
        self.ended = False
        self.said: dict[str, str] = {}
        self._page = self._query = self._hash = ""
        self._widgets: dict[str, str] = {}
        self._cached: set[str] = set()
        self._timers: dict[str, tuple[float, asyncio.Task[None]]] = {}
        self._whole = asyncio.Event()  # a run of the whole script (not of a fragment) has ended

    async def __aenter__(self) -> Self:
        uri = f"ws://{self.address}/_stcore/stream"
        self._socket = await websockets.connect(uri, max_size=BIGGEST, open_timeout=60, ping_interval=None)
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_timers()
        self._reading.cancel()
        await self._socket.close()

    async def open(self, page: str, query: str = "", patience: float = 90) -> float:
        """Go to a page ("" is Home); seconds until its script has ended."""
        self._page, self._query, self._hash = page, query, ""
        self._widgets.clear()
        return await self._timed(patience)

    async def press(self, key: str, patience: float = 90) -> float:
        """Press the button with this key; seconds until the script that this started has ended."""
        return await self._timed(patience, WidgetState(id=self._widgets[key], trigger_value=True))

    async def set_number(self, key: str, value: float, patience: float = 90) -> float:
        """Type a number; seconds until the script that this started has ended."""
        return await self._timed(patience, WidgetState(id=self._widgets[key], double_value=value))

    def has(self, key: str) -> bool:
        """Whether the page has shown this widget."""
        return key in self._widgets

    async def run(self, key: str, patience: float = 600) -> float:
        """Press the button that starts a run; ``reached`` and ``ended`` then tell of the new one."""
        self.reached, self._last, self.ended = 0, 0, False
        self.said.clear()
        return await self.press(key, patience)

    async def until_ended(self) -> None:
        """Wait until its current run has ended."""
        while not self.ended:
            await asyncio.sleep(0.2)

    async def _timed(self, patience: float, *states: WidgetState) -> float:
        began = time.perf_counter()
        self._whole.clear()
        await self._send(*states)
        ended = asyncio.create_task(self._whole.wait())
        await asyncio.wait({ended, self._reading}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if self._reading.done():
            self._reading.result()
            raise ConnectionError("the explorer has ended the session")
        if not ended.done():
            ended.cancel()
            raise TimeoutError(f"page {self._page!r} was not drawn within {patience:g} s")
        return time.perf_counter() - began

    async def _send(self, *states: WidgetState, fragment: str = "") -> None:
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string, rerun.page_script_hash = self._query, self._hash
        rerun.page_name = "" if self._hash else self._page
        rerun.widget_states.widgets.extend(states)
        rerun.cached_message_hashes.extend(self._cached)
        rerun.fragment_id, rerun.is_auto_rerun = fragment, bool(fragment)
        self.sent += 1
        await self._socket.send(message.SerializeToString())

    async def _read(self) -> None:
        async for data in self._socket:
            message = ForwardMsg()
            message.ParseFromString(data if isinstance(data, bytes) else data.encode())
            self.received += 1
            self.bytes += len(data)
            self._take(message)

    def _take(self, message: ForwardMsg) -> None:
        if message.metadata.cacheable:
            self._cached.add(message.hash)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            if not message.metadata.run.fragment_ids:
                self._stop_timers()
        elif kind == "navigation":
            self._hash = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            self._start_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._stop_timer(fragment)
        elif kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self._whole.set()
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._look_at(message.delta.new_element)

    def _look_at(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        content = getattr(element, kind)
        if name := getattr(content, "id", ""):
            self._widgets[name.rsplit("-", 1)[-1]] = name
        text = getattr(content, "text", "") or getattr(content, "body", "")
        if not text:
            return
        self.said[kind] = text
        if kind == "progress" and (found := STEP.match(text)):
            self._advance(int(found[1]))
            self._last = int(found[2])
        if "computed here on" in text and not self.ended:
            self._advance(self._last)
            self.ended = True

    def _advance(self, step: int) -> None:
        self.total += max(step - self.reached, 0)
        self.reached = max(step, self.reached)

    def _start_timer(self, fragment: str, interval: float) -> None:
        if fragment in self._timers and self._timers[fragment][0] == interval:
            return
        self._stop_timer(fragment)
        self._timers[fragment] = (interval, asyncio.create_task(self._tick(fragment, interval)))

    async def _tick(self, fragment: str, interval: float) -> None:
        due = time.monotonic()
        while True:
            due += interval
            await asyncio.sleep(max(due - time.monotonic(), 0))
            await self._send(fragment=fragment)

    def _stop_timer(self, fragment: str) -> None:
        if fragment in self._timers:
            self._timers.pop(fragment)[1].cancel()

    def _stop_timers(self) -> None:
        for fragment in list(self._timers):
            self._stop_timer(fragment)

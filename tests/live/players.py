"""Phones and the lecturer as programs: they join by HTTP and talk by the page's own socket."""

import asyncio
import html
import json
import re

import requests
import websockets

PATIENCE = 120
SOCKET = re.compile(r'id="otree-live" data-socket-url="([^"]+)"')
LINK = re.compile(r'data-link="([^"]+)"')


class Client:
    """One page: `view` is what it shows, `refused` what the last answer refused, if anything."""

    def __init__(self, server):
        self.server, self.browser = server, requests.Session()
        self.view, self.sheets, self.link = {}, None, None
        self.refused, self.refusals = "", []
        self.socket = self.reader = None

    async def open(self, address):
        """Load a page and connect to its socket."""
        answer = await asyncio.to_thread(self.browser.get, address, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text[:500]
        self.page, self.page_url = answer.text, answer.url
        if link := LINK.search(self.page):
            self.link = self.server.url + link[1]
        path = html.unescape(SOCKET.search(self.page)[1])
        # A test that ends with its pages open waits no longer for the server to let them go.
        self.socket = await websockets.connect(
            self.server.url.replace("http", "ws") + path, max_size=None, close_timeout=0.1
        )
        self.reader = asyncio.create_task(self._read())
        await self.ask({"do": "hello", "have": 0})
        return self

    async def join(self):
        """Scan the code: the same browser comes back to its own seat."""
        return await self.open(f"{self.server.url}/room/game?welcome_page_ok=1")

    async def come_back(self):
        """Open the own link in a browser that knows nothing."""
        self.browser = requests.Session()
        return await self.open(self.link)

    async def leave(self):
        """Close the page."""
        self.reader.cancel()
        await self.socket.close()

    async def send(self, message):
        await self.socket.send(json.dumps(message))

    async def ask(self, message):
        """Send, and wait for the next answer."""
        self.answered = asyncio.Event()
        await self.send(message)
        await asyncio.wait_for(self.answered.wait(), PATIENCE)

    async def hand(self, *values):
        """Hand in an answer to the round on the screen."""
        await self.ask({"do": "answer", "key": self.view["key"], "values": list(values)})

    async def until(self, reached):
        """Wait until the view fulfils `reached`."""
        for _ in range(PATIENCE * 50):
            if self.view and reached(self.view):
                return self.view
            await asyncio.sleep(0.02)
        raise AssertionError(f"stuck at {str(self.view)[:400]}")

    async def _read(self):
        async for text in self.socket:
            message = json.loads(text)
            assert message["otree_success"], message
            content = message["live_method_payload"]
            self.refused = content.get("refused", "")
            self.refusals += [self.refused] if self.refused else []
            if "key" in content:
                self.view = content
            elif "progress" in content:
                self.view = self.view | content["progress"]
                continue
            self.sheets = content.get("sheets", self.sheets)
            self.answered.set()


class Lecturer(Client):
    """The lecturer's page."""

    async def press(self, do="forward", **message):
        """Press a button and see the next stage."""
        await self.ask({"do": do, "key": self.view["key"], **message})
        assert not self.refused, self.refused

    async def save(self):
        """The sheets by name."""
        await self.ask({"do": "sheets"})
        return self.sheets

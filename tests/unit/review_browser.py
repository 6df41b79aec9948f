"""A Chromium that opens a page and says what it sees; for `review_pages.py`, run where one is installed."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
PHONE, DESK = (390, 844), (1280, 800)


def installed() -> str | None:
    """Return the path of the browser, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@dataclass(kw_only=True)
class Tab:
    """A tab, spoken to through the DevTools protocol (`--remote-debugging-pipe`: JSON texts that end with a zero)."""

    reads: int
    writes: int
    session: str = ""
    complaints: list[str] = field(default_factory=list[str])
    requests: list[str] = field(default_factory=list[str])
    _count: int = 0
    _rest: bytes = b""

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writes, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                return answer["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            self._rest += os.read(self.reads, 1 << 20) or b"{}\0"
        text, _, self._rest = self._rest.partition(b"\0")
        event: dict[str, Any] = json.loads(text)
        if event.get("method") in {"Log.entryAdded", "Runtime.exceptionThrown", "Audits.issueAdded"}:
            self.complaints.append(json.dumps(event["params"]))
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])
        return event

    def open(self, page: Path, size: tuple[int, int], scheme: str = "light") -> None:
        """Show a file on a screen of a size, and wait until it is there."""
        width, height = size
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=size[0] < DESK[0],
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=page.as_uri())
        while self.value("document.readyState + location.href") != f"complete{page.as_uri()}":
            pass

    def value(self, expression: str) -> Any:
        """Return what a JavaScript expression gives; the page itself needs none."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def shot(self, path: Path, height: int | None = None) -> Path:
        """Write a picture of what is seen, or of so many pixels from where the page is scrolled to."""
        clip: dict[str, Any] = {}
        if height is not None:
            top, width = self.value("scrollY"), self.value("innerWidth")
            clip = {
                "clip": {"x": 0, "y": top, "width": width, "height": height, "scale": 1},
                "captureBeyondViewport": True,
            }
        data = self.call("Page.captureScreenshot", format="png", **clip)["data"]
        path.write_bytes(base64.b64decode(data))
        return path


@contextlib.contextmanager
def tab(program: str) -> Generator[Tab]:
    """Start a browser with a profile of its own and give a tab of it."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe"]
        wrapper = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        process = subprocess.Popen(
            ["/bin/sh", "-c", wrapper, "sh", program, *arguments, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            stderr=subprocess.DEVNULL,
        )
        try:
            yield _attached(Tab(reads=ours_in, writes=ours_out))
        finally:
            process.terminate()
            process.wait()
            for end in (theirs_in, ours_out, ours_in, theirs_out):
                os.close(end)


def _attached(browser: Tab) -> Tab:
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
        browser.call(f"{domain}.enable")
    return browser

"""Looks at the page of a review in a real browser and makes the pictures of docs/images: run this file.

It needs Chromium, which Debian's package `chromium` has, and fails on the first thing that is not as it should be.
"""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from review_browser import DESK, PHONE, installed, tab
from review_samples import calm, risky
from test_review_formats_graph import large
from test_review_formats_markdown import hostile_review

from review.formats import html

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review_browser import Tab

    from review.model import Review

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SMALL = (320, 640)
"""A narrow phone; also a page at four times its size on a desk (WCAG 2.2, success criterion 1.4.10)."""
SCHEMES = ("light", "dark")
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script>' + "w" * 300
PAGES: dict[str, Review] = {
    "calm": calm(),
    "risky": risky(),
    "large": large(5_000, 60),
    "hostile": hostile_review(HOSTILE),
}
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
TOO_WIDE = """[...document.querySelectorAll('main *, header *')]
    .filter(each => !each.closest('.drawing') && each.getBoundingClientRect().right > innerWidth + 1)
    .map(each => each.outerHTML.slice(0, 120))"""
CLIPPED = """[...document.querySelectorAll('svg text')]
    .filter(each => each.getBBox().x + each.getBBox().width > each.closest('g').querySelector('.face').getBBox().width)
    .map(each => each.textContent)"""


def check(browser: Tab, page: Path) -> None:
    """Raise an AssertionError if the page does not fit, loads something or makes the browser complain."""
    browser.requests.clear()
    browser.complaints.clear()
    for size, scheme in itertools.product((SMALL, PHONE, DESK), SCHEMES):
        browser.open(page, size, scheme)
        browser.value(OPEN_ALL)
        assert browser.value("document.documentElement.scrollWidth") <= size[0], (page, size)
        assert browser.value(TOO_WIDE) == [], (page, size)
        assert browser.value(CLIPPED) == [], (page, size)
    assert browser.complaints == [], (page, browser.complaints)
    assert {address.partition("#")[0] for address in browser.requests} == {page.as_uri()}


def check_keyboard(browser: Tab, page: Path) -> None:
    """Raise an AssertionError if the Tab key does not reach all that can be opened, followed or scrolled."""
    browser.open(page, DESK)
    shown = "[...document.querySelectorAll('a[href], summary, .drawing')].filter(each => each.checkVisibility())"
    number = browser.value(f"{shown}.length")
    browser.value("window.seen = new Set()")
    for _ in range(number):
        for kind in ("keyDown", "keyUp"):
            browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        browser.value("window.seen.add(document.activeElement)")
    assert (
        browser.value(f"{shown}.filter(each => !window.seen.has(each)).map(each => each.outerHTML.slice(0, 99))") == []
    )


def check_links(browser: Tab, page: Path) -> None:
    """Raise an AssertionError if a link to something inside of a fold does not show it."""
    browser.open(page, DESK)
    for link in browser.value("[...document.querySelectorAll('svg a')].map(each => each.getAttribute('href'))"):
        browser.value(f"document.querySelector('svg a[href=\"{link}\"]').dispatchEvent(new MouseEvent('click'))")
        assert browser.value(f"document.querySelector('{link}').checkVisibility()"), link


def pictures(browser: Tab, page: Path) -> Iterator[Path]:
    """Make the pictures of the documentation."""
    browser.open(page, DESK)
    yield browser.shot(IMAGES / "review.png")
    browser.value("document.getElementById('graph').scrollIntoView()")
    yield browser.shot(IMAGES / "review-graph.png", 700)
    browser.open(page, PHONE, "dark")
    browser.value("document.getElementById('data-loss').scrollIntoView()")
    yield browser.shot(IMAGES / "review-phone.png")


def main() -> None:
    """Check all pages and make the pictures."""
    program = installed()
    assert program, "No Chromium is installed."
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, tab(program) as browser:
        for name, review in PAGES.items():
            page = Path(folder) / f"{name}.html"
            page.write_text(html.render(review), encoding="utf-8")
            check(browser, page)
            check_keyboard(browser, page)
            check_links(browser, page)
        for path in pictures(browser, Path(folder) / "risky.html"):
            assert path.stat().st_size > 0


if __name__ == "__main__":
    main()

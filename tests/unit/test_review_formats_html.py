"""The review as a page: what a browser would do with it, without one."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from review_samples import calm, changed, found, reviewed, risky
from test_review_formats_graph import large
from test_review_formats_markdown import EVIL, hostile_review

from review.formats.html import render
from review.formats.style import DARK, LIGHT
from review.model import PropertyChange, Review, Risk

VOID = {"meta", "br", "path", "rect"}
LOADING = {
    "script",
    "link",
    "img",
    "iframe",
    "object",
    "embed",
    "base",
    "form",
    "input",
    "audio",
    "video",
    "image",
    "use",
}
"""Elements that load, run or send something."""
ADDRESSES = {"href", "src", "action", "data", "srcset", "poster", "xlink:href", "formaction", "background"}
ENOUGH = 4.5
"""Contrast that WCAG 2.2 asks for of text at level AA (success criterion 1.4.3)."""


class Page(HTMLParser):
    """A page that must be well-formed: every element is closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.style = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["style"]:
            self.style += data
        else:
            self.words += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def values(self, name: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.tags if name in attributes]


PAGES = {"calm": calm(), "risky": risky(), "empty": reviewed([]), "large": large(2_000, 3)}


@pytest.mark.parametrize("review", PAGES.values(), ids=PAGES.keys())
def test_the_page_loads_and_runs_nothing(review: Review) -> None:
    text = render(review)
    page = Page(text)
    assert not {tag for tag, _ in page.tags} & LOADING
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
        for name in ADDRESSES & attributes.keys():
            assert (attributes[name] or "").startswith("#"), (tag, name)
    assert not re.search(r"@import|url\(|expression|javascript:", page.style)
    assert "javascript:" not in text


def test_the_policy_allows_the_style_sheet_of_the_page_and_nothing_else() -> None:
    page = Page(render(risky()))
    (policy,) = [tag["content"] for _, tag in page.tags if tag.get("http-equiv") == "Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    kinds = [tag for tag, _ in page.tags]
    at = next(index for index, (_, tag) in enumerate(page.tags) if "http-equiv" in tag)
    assert at < kinds.index("style"), "a policy holds for what comes after it"


@pytest.mark.parametrize("review", PAGES.values(), ids=PAGES.keys())
def test_links_lead_somewhere_and_identifiers_are_unique(review: Review) -> None:
    page = Page(render(review))
    identifiers = page.values("id")
    assert len(set(identifiers)) == len(identifiers)
    assert {link.removeprefix("#") for link in page.values("href")} <= set(identifiers)
    assert {value[len("url(#") : -1] for value in page.values("marker-end")} <= set(identifiers)


@pytest.mark.parametrize("text", EVIL)
def test_names_and_values_are_never_markup(text: str) -> None:
    plain, hostile = Page(render(hostile_review("harmless"))), Page(render(hostile_review(text)))
    assert {tag for tag, _ in hostile.tags} <= {tag for tag, _ in plain.tags} | {"pre"}
    names = {name for _, attributes in plain.tags for name in attributes} | {"textlength", "lengthadjust"}
    assert {name for _, attributes in hostile.tags for name in attributes} <= names


def test_a_quote_in_a_name_stays_in_its_attribute() -> None:
    review = hostile_review('" onclick="alert(1)" x=\'y')
    labels = [label for label in Page(render(review)).values("aria-label") if "onclick" in label]
    assert labels
    assert "onclick" not in {name for _, attributes in Page(render(review)).tags for name in attributes}


def test_risky_findings_are_in_full_and_before_the_graph_and_the_others() -> None:
    text = render(risky())
    at = [
        text.index(f'<section id="{name}"')
        for name in [*(risk.slug for risk in Risk if risk.blocks), "graph", "change", "create"]
    ]
    assert at == sorted(at)
    words = Page(text).words
    for finding in risky().findings:
        assert finding.title in words
    for part in (
        "NetworkPolicy postgres is deleted",
        "10.0.0.0/8",
        "(not set)",
        "Window CHG-2291",
        "Drift is not seen",
    ):
        assert part in words


def test_a_long_value_can_be_unfolded() -> None:
    value = "".join(chr(97 + index % 26) for index in range(3_000))
    change = changed("ConfigMap", "a", properties=[PropertyChange(path="data.x", before=value, after=value.upper())])
    text = render(reviewed([found(Risk.CHANGE, change, "ConfigMap a is changed")]))
    assert "2,762 characters" in text
    assert value.upper() in text
    huge = PropertyChange(path="data.x", before="a" * 100_000, after="b" * 100_000)
    change = replace(change, properties=(huge,))
    assert "more characters" in render(reviewed([found(Risk.CHANGE, change, "ConfigMap a is changed")]))


def test_the_page_fits_phones_and_both_schemes() -> None:
    text = render(risky())
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    assert '<meta name="color-scheme" content="light dark">' in text
    assert "@media (prefers-color-scheme:dark)" in text
    assert text.startswith('<!doctype html>\n<html lang="en">')


def test_drawings_can_be_reached_and_read_without_a_mouse() -> None:
    page = Page(render(risky()))
    regions = [tag for _, tag in page.tags if tag.get("class") == "drawing"]
    assert regions
    assert all(tag["tabindex"] == "0" and tag["role"] == "region" and tag["aria-label"] for tag in regions)
    drawings = [tag for name, tag in page.tags if name == "svg"]
    assert len(drawings) == len(regions)
    assert all(tag["aria-label"] for tag in drawings)
    for name, tag in page.tags:
        if name == "a" and (tag.get("href") or "").startswith(("#f-", "#g-")):
            assert tag["aria-label"]
    assert page.words.count("The drawing as a list") == len(drawings)
    assert "6 \u00d7 NetworkPolicy (depends on what changes)" in page.words
    assert "Cluster catalogue (data loss); on it depend Secret catalogue, Service service-1" in page.words


def test_a_class_is_said_in_words_too() -> None:
    drawing = re.search(r"<svg.*?</svg>", render(risky()), re.DOTALL)
    assert drawing
    assert ">data loss</text>" in drawing[0]
    assert "<title>Cluster catalogue: data loss</title>" in drawing[0]
    assert "<title>Secret catalogue: depends on what changes</title>" in drawing[0]


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mixed(colour: str, ground: str, share: float) -> str:
    channels = [
        round(int(colour[at : at + 2], 16) * share + int(ground[at : at + 2], 16) * (1 - share)) for at in (1, 3, 5)
    ]
    return "#" + "".join(f"{channel:02x}" for channel in channels)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_all_text_has_enough_contrast(colours: dict[str, str]) -> None:
    texts = [name for name in colours if name not in {"page", "card", "line"}]
    assert {f"r{risk.value}" for risk in Risk} <= set(texts)
    low = {
        (name, ground): contrast(colours[name], colours[ground])
        for name in texts
        for ground in ("page", "card")
        if contrast(colours[name], colours[ground]) < ENOUGH
    }
    assert low == {}
    for risk in Risk:
        ground = mixed(colours[f"r{risk.value}"], colours["card"], 0.12)
        assert min(contrast(colours[name], ground) for name in ("text", "muted")) >= ENOUGH


def test_the_style_sheet_has_the_colours_that_were_checked() -> None:
    style = Page(render(calm())).style
    assert LIGHT.keys() == DARK.keys()
    for colours in (LIGHT, DARK):
        assert all(f"--{name}:{colour};" in style for name, colour in colours.items())
    assert "fill-opacity:.12" in style
    assert set(re.findall(r"var\(--([a-z0-9]+)", style)) <= {*LIGHT, "c"}
    assert not re.search(r"(?<!-)#[0-9a-f]{3,6}\b", re.sub(r"--[a-z0-9]+:#[0-9a-f]{6}", "", style))


def test_a_large_review_makes_a_page_that_can_be_used() -> None:
    text = render(large(5_000, 1))
    assert len(text.encode()) < 4_000_000
    page = Page(text)
    assert sum(tag == "svg" for tag, _ in page.tags) < 50
    assert all(finding.title in page.words for finding in large(5_000, 1).findings)


def test_a_page_is_the_same_each_time() -> None:
    assert render(risky()) == render(risky())

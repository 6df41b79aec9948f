"""The review as a comment."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt
from review_samples import STACK, calm, changed, found, node, reviewed, risky

from review.ci import sticky
from review.errors import ReviewError
from review.formats.budget import Detail, Piece, fit
from review.formats.markdown import LEAST, LIMIT, marker, render
from review.formats.markdown_text import code, prose
from review.formats.text import heading
from review.model import Dependants, Diagnostic, Edge, Graph, Incomplete, PropertyChange, Review, Risk

if TYPE_CHECKING:
    from review.model import Finding

TAGS = {"h2", "h3", "p", "strong", "code", "pre", "ul", "li", "details", "summary", "blockquote", "sub", "br"}
EVIL = (
    "@platform-team",
    "#1",
    "!7",
    "initech/platform#12",
    "GH-7",
    "/merge",
    "/close",
    "~priority::1",
    "%release",
    "$5 and $x^2$",
    ":skull: a:skull:",
    "<img src=x onerror=alert(1)>",
    "<!-- seldon-platform-review: other -->",
    "</details></summary></code></pre><script>alert(1)</script>",
    "[click](https://evil.example)",
    "![](https://evil.example/pixel.png)",
    "https://evil.example www.evil.example mailto:a@evil.example",
    "`code` ``more`` ```",
    "```\n/merge\n```",
    "*bold* _it_ __b__ ~~gone~~ [x] [^1]",
    "a | b | c",
    "&lt;b&gt; &#64;team",
    "\\",
    "\ud800",
    "# heading\n- item\n1. item\n> quote\n---\n    indented",
    "\u202eevil\u200b@team",
    "",
    " ",
)


class Page(HTMLParser):
    """What a forge makes of a comment: its elements, its text outside of code, its comments."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[str] = []
        self.comments: list[str] = []
        self.words = ""
        self._code = 0
        self.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [f"{name}={value}" for name, value in attrs if (tag, name) != ("code", "class")]
        self._code += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag == "code"

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.words += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data.strip())


def hostile(text: str, risk: Risk) -> Finding:
    properties = [
        PropertyChange(path=text, before=text, after={text: [text]}),
        PropertyChange(path="long", before=text * 50, after=text * 49 + "x"),
    ]
    change = changed("Secret", text, properties=properties)
    change = replace(change, urn=f"urn:{text}")
    finding = found(risk, change, text, dependants=Dependants(urns=("a",), workloads=(text, f"a {text} b")))
    finding = replace(finding, why=text, remedy=f"Do {text}")
    return replace(finding, parts=(finding, replace(finding, title=f"Secret {text} is gone")))


def hostile_review(text: str) -> Review:
    chart = Incomplete(urn=text, name=text, resources=(), reason=text)
    said = tuple(Diagnostic(severity=severity, message=text) for severity in ("error", "warning"))
    findings = [hostile(text, risk) for risk in Risk]
    first, *others = (replace(node("Secret", name), urn=f"urn:{name}", label=text) for name in (text, *"abcde"))
    edges = tuple(Edge(dependency=first.urn, dependant=other.urn, kind="reference") for other in others)
    graph = Graph(nodes=(first, *others), edges=edges)
    return reviewed(findings, stack=text or STACK, limits=(text,), diagnostics=said, incomplete=(chart,), graph=graph)


@pytest.mark.parametrize("text", EVIL)
@pytest.mark.parametrize("room", [LEAST, LIMIT])
def test_names_and_values_are_never_markup(text: str, room: int) -> None:
    comment = render(hostile_review(text), limit=room)
    page = Page(comment)
    assert page.tags <= TAGS
    assert page.attributes == []
    assert [f"<!-- {said} -->" for said in page.comments] == [marker(text or STACK)]
    assert not re.search(r"[@#!~$%^&*\\|`<>\[\]]\w|://|www\.|:\w+:|GH-\d", page.words, re.IGNORECASE)
    assert not re.search(r"^\s*(?:- |> )?/", comment, re.MULTILINE), "a quick action of GitLab"


@pytest.mark.parametrize("text", EVIL)
def test_code_is_one_code_span_with_the_whole_text(text: str) -> None:
    html = MarkdownIt("commonmark").renderInline(f"before {code(text)} after")
    assert re.fullmatch(r"before <code>.*</code> after", html)
    assert html.count("<code>") == 1


def test_plain_words_stay_readable() -> None:
    plain = "Deployment seldon-mesh/server-0 (2 of 3) is changed: 50% at 02:00, isn't it?"
    assert prose(plain) == plain
    assert prose("Set protect=True on it, @team") == "Set `protect=True` on it, `@team`"


def test_the_comment_begins_with_the_marker_that_it_is_found_by() -> None:
    assert render(calm()).splitlines()[0] == f"<!-- seldon-platform-review: {STACK} -->"
    for stack in ("a--b", "a-->b", "a b", STACK):
        assert marker(stack) == sticky.marker(stack)
        assert "--" not in marker(stack)[4:-3]


def test_risky_findings_are_open_and_the_others_folded() -> None:
    text = render(risky())
    folds = "".join(re.findall(r"<details>.*?</details>", text, re.DOTALL))
    for finding in risky().findings:
        assert prose(finding.title) in text
        assert (prose(finding.title) in folds) is not finding.risk.blocks
    assert folds.count("<details>") == 3
    at = [text.index(heading(risk, risky().counts[risk])) for risk in Risk if risk is not Risk.NO_OP]
    assert at == sorted(at)


def test_nothing_is_said_to_be_left_out_when_nothing_is() -> None:
    assert "no room" not in render(risky())


def many(blocked: int, others: int) -> Review:
    properties = [PropertyChange(path="spec.template.spec.image", before="a" * 400, after="b" * 400)]
    findings = [
        found(
            risk,
            changed("Deployment", f"{risk.slug}-{index}", properties=properties),
            f"It changes {risk.slug}-{index}.",
        )
        for risk, number in (
            (Risk.DATA_LOSS, blocked // 2),
            (Risk.UNKNOWN, blocked - blocked // 2),
            (Risk.CHANGE, others),
        )
        for index in range(number)
    ]
    return reviewed(findings)


def named(text: str, risk: Risk) -> set[int]:
    """Return which of the many a text names."""
    return {int(number) for number in re.findall(rf"(?<!\w){risk.slug}-(\d+)", text)}


@pytest.mark.parametrize("limit", [LEAST, 20_000, LIMIT, 1_000_000])
@pytest.mark.parametrize(("blocked", "others"), [(0, 5_000), (3, 5_000), (40, 400), (5_000, 0), (2_500, 2_500)])
def test_the_limit_holds(limit: int, blocked: int, others: int) -> None:
    assert len(render(many(blocked, others), limit=limit).encode()) <= limit


def test_the_limit_holds_in_bytes() -> None:
    review = many(3, 30)
    wide = [replace(finding, title="東京" * 300, why="…" * 3_000) for finding in review.findings]
    assert len(render(replace(review, findings=tuple(wide)), limit=LEAST).encode()) <= LEAST


def test_the_limit_holds_however_much_the_preview_says() -> None:
    said = tuple(
        Diagnostic(severity=severity, message=f"{index} {'東京' * 2_000}")
        for severity in ("error", "warning")
        for index in range(50)
    )
    charts = tuple(Incomplete(urn="a", name=f"chart-{index}", resources=(), reason="…" * 900) for index in range(50))
    review = replace(many(30, 30), diagnostics=said, incomplete=charts)
    text = render(review, limit=LEAST)
    assert len(text.encode()) <= LEAST
    assert named(text, Risk.DATA_LOSS) == set(range(15))
    assert len(re.findall(r"… and \d+ more", text)) == 3


@pytest.mark.parametrize("blocked", [3, 40, 300, 1_000])
def test_a_risky_finding_is_never_left_out_for_others(blocked: int) -> None:
    text = render(many(blocked, 4_000), limit=LIMIT)
    for risk, number in ((Risk.DATA_LOSS, blocked // 2), (Risk.UNKNOWN, blocked - blocked // 2)):
        assert named(text, risk) == set(range(number))
    assert "Every risky finding is here" in text
    assert "of the other findings" in text


def test_risky_findings_stay_in_full_while_others_can_be_shortened() -> None:
    review = many(20, 4_000)
    text = render(review, limit=LIMIT)
    assert all(code(finding.change.urn) in text for finding in review.findings if finding.risk.blocks)


def test_it_says_what_is_left_out() -> None:
    text = render(many(3, 4_000), limit=LIMIT)
    counted = re.search(r"([\d,]+) more are not named here", text)
    assert counted
    missing = 4_000 - len(named(text, Risk.CHANGE))
    assert int(counted[1].replace(",", "")) == missing > 0
    assert f"{missing:,} only counted" in text


def test_more_risky_findings_than_fit_are_said_in_the_first_lines() -> None:
    text = render(many(5_000, 10), limit=LIMIT)
    head = text[: text.index("###")]
    assert "Do not judge the change by this comment" in head
    assert "Every risky finding is here" not in text
    assert len(named(text, Risk.DATA_LOSS)) > 1_000


def test_a_limit_that_is_too_low_is_refused() -> None:
    with pytest.raises(ReviewError, match="at least 8192"):
        render(calm(), limit=LEAST - 1)


def test_the_calm_give_way_before_the_risky_and_the_last_before_the_first() -> None:
    pieces = [Piece(risky=risky, texts=("x" * 100, "x" * 40, "x" * 10)) for risky in (True, True, False, False)]
    full, line, name, nothing = Detail
    assert fit(pieces, 400) == [full] * 4
    assert fit(pieces, 399) == [full, full, full, line]
    assert fit(pieces, 250) == [full, full, line, name]
    assert fit(pieces, 200) == [full, full, nothing, nothing]
    assert fit(pieces, 199) == [full, line, nothing, nothing]
    assert fit(pieces, 0) == [nothing] * 4

"""No secret gets into any format, marked or not."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest
from review_samples import STACK, TYPES, changed, found, reviewed

from review.formats import Format, html, json_, markdown, render, sarif, terminal
from review.formats.safe import masked, safe, scrubbed
from review.model import ABSENT, SECRET, UNKNOWN, Diagnostic, Incomplete, PropertyChange, Risk, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from review.model import Finding, Review, Value

FORMATS = get_args(Format)
MODULES = {"html": html, "json": json_, "markdown": markdown, "sarif": sarif, "terminal": terminal}
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Planter:
    """Makes values with secrets in them, and knows the secrets."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 (repeatable tests)
        self.planted: list[str] = []

    def secret(self) -> str:
        self.planted.append("".join(self._random.choices("abcdefghijkmnpqrstuvwxyz0123456789", k=24)))
        return self.planted[-1]

    def any_of(self, *makers: Callable[[], Value]) -> Value:
        return self._random.choice(makers)()

    def key(self) -> str:
        label = self._random.choice(["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY"])
        end = self._random.choice([f"\n-----END {label}-----\n", ""])
        return f"ca\n-----BEGIN {label}-----\n{self.secret()}\n{self.secret()}{end}"

    def url(self) -> str:
        return f"see postgres://platform:{self.secret()}@db.initech.example:5432/metadata?sslmode=require"

    def applied(self) -> Value:
        return {"annotations": {APPLIED: f'{{"stringData":{{"password":"{self.secret()}"}}}}'}}

    def plain(self) -> Value:
        return self._random.choice([1, 2.5, True, None, "plain", UNKNOWN, SECRET, "x" * 900])

    def value(self, depth: int = 3) -> Value:
        if depth == 0:
            return self.any_of(self.plain, self.key, self.url)
        return self.any_of(
            self.plain,
            self.key,
            self.url,
            self.applied,
            lambda: {f"key{index}": self.value(depth - 1) for index in range(3)},
            lambda: {self.key(): self.value(depth - 1)},
            lambda: [self.value(depth - 1) for _ in range(2)],
        )

    def unmarked(self) -> PropertyChange:
        """A property that has lost its mark, or gets one, at some depth."""
        pairs: list[tuple[Value, Value]] = [
            (SECRET, self.secret()),
            ({"a": {"b": [SECRET, 1]}}, {"a": {"b": [self.secret(), 1]}}),
            ([{"password": SECRET}, {"name": "b"}], [{"name": "b"}, {"password": self.secret()}]),
            ({"password": SECRET}, {"password": {"value": self.secret()}}),
            (SECRET, [self.secret(), {"b": self.secret()}]),
        ]
        before, after = self._random.choice(pairs)
        if self._random.random() < 0.5:
            before, after = after, before
        return PropertyChange(path="spec.settings", before=before, after=after)

    def finding(self, index: int) -> Finding:
        risk = self._random.choice([risk for risk in Risk if risk is not Risk.NO_OP])
        kind = self._random.choice(["Secret", "Deployment"])
        properties = [
            PropertyChange(path="spec.template", before=self.value(), after=self.value()),
            PropertyChange(path=f'metadata.annotations["{APPLIED}"]', before=self.secret(), after=ABSENT),
            self.unmarked(),
        ]
        if kind == "Secret":
            properties += [
                PropertyChange(path="data.password", before=self.secret(), after=self.secret()),
                PropertyChange(path="stringData", before=ABSENT, after={"a": self.secret(), "b": {"c": self.secret()}}),
            ]
        snapshot = Snapshot(inputs={"password": self.secret()}, outputs={"all": [self.secret()]})
        finding = found(risk, changed(kind, f"part-{index}", "update", properties, snapshot), f"Part {self.url()}")
        return replace(
            finding, why=self.key(), remedy=self.url(), properties=self._random.choice([(), tuple(properties)])
        )

    def review(self) -> Review:
        findings = [self.finding(index) for index in range(6)]
        findings[0] = replace(findings[0], parts=(self.finding(6), replace(self.finding(7), parts=(self.finding(8),))))
        chart = Incomplete(urn="urn:chart", name="chart", resources=(), reason=self.url())
        said = (
            Diagnostic(severity="error", message=f"\x1b[31mno: {self.key()}"),
            Diagnostic(severity="warning", message=self.url()),
        )
        return reviewed(findings, diagnostics=said, incomplete=(chart,))

    def leaked(self, text: str) -> list[str]:
        """Return the secrets of which a text has a piece."""
        return [secret for secret in self.planted if any(secret[at : at + 8] in text for at in range(0, 17, 4))]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("seed", range(40))
def test_no_format_shows_a_secret(form: Format, seed: int) -> None:
    planter = Planter(seed)
    text = render(planter.review(), form)
    assert STACK in text
    assert planter.leaked(text) == []


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_depends_on_the_gate(form: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_gate(review: Review) -> Review:
        return review

    module: ModuleType = MODULES[form]
    monkeypatch.setattr(module, "safe", open_gate)
    planter = Planter(1)
    assert planter.leaked(render(planter.review(), form))


def test_the_gate_keeps_what_is_no_secret() -> None:
    change = PropertyChange(
        path="spec",
        before={"url": "https://ml.initech.example:8443/v2@1", "token": True},
        after={"cert": "-----BEGIN CERTIFICATE-----"},
    )
    assert masked(change, TYPES["Deployment"]) == change
    data = PropertyChange(path="data.key", before="aGk=", after="aGU=")
    assert masked(data, TYPES["ConfigMap"]) == data
    assert masked(data, TYPES["Secret"]) == replace(data, before=SECRET, after=SECRET)
    assert masked(replace(data, path="type"), TYPES["Secret"]) == replace(data, path="type")


def test_a_value_that_was_secret_is_not_shown_when_it_loses_its_mark() -> None:
    change = PropertyChange(path="spec.password", before=SECRET, after="plain")
    assert masked(change, TYPES["Deployment"]).after is SECRET
    gone = replace(change, after=ABSENT)
    assert masked(gone, TYPES["Deployment"]) == gone


def test_the_gate_drops_the_snapshots() -> None:
    snapshot = Snapshot(inputs={"a": "b"})
    review = reviewed([found(Risk.CHANGE, changed("Deployment", "a", snapshot=snapshot), "Deployment a is changed")])
    change = safe(review).findings[0].change
    assert (change.before, change.after) == (None, None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("https://user@a.example", "https://user@a.example"),
        ("https://user:pa:s@s@a.example", "https://user:[secret]@a.example"),
        ("redis://:hunter2@a.example", "redis://:[secret]@a.example"),
        ("-----BEGIN PRIVATE KEY-----\nMII", "[secret]"),
    ],
)
def test_texts_are_scrubbed(text: str, shown: str) -> None:
    assert scrubbed(text) == shown

"""The script that copies images and charts: run with registries that are directories."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
from supply_registry import Registry, digest

from supply.errors import SupplyError
from supply.listing import Listed
from supply.pins import Pin
from supply.script import Order, Tool, script

if TYPE_CHECKING:
    from pathlib import Path

TOOLS: tuple[Tool, ...] = get_args(Tool)
COPIES = {"skopeo": "skopeo copy", "crane": "crane copy"}
MIRROR = "registry.initech.example/mirror"
SHOP, TILL = "quay.io/acme/shop:1.2", "docker.io/acme/till:3"
AT = {SHOP: f"{MIRROR}/acme/shop:1.2", TILL: f"{MIRROR}/acme/till:3"}
OWN = Listed(name=f"{MIRROR}/own:1", upstream=None, brought=True, idle=False)
PINS = (
    Pin(name="shop", version="1.0.0", repository="https://charts.acme.example", digest=None),
    Pin(name="till", version="v2.0.0", repository="oci://acme.example/charts", digest=digest("archive of till")[7:]),
)


def order(charts: str | None = None, digests: dict[str, str] | None = None, pins: tuple[Pin, ...] = PINS) -> Order:
    listed = [Listed(name=AT[name], upstream=name, brought=False, idle=False) for name in (SHOP, TILL)]
    return Order(
        stack="initech", registry=MIRROR, images=[*listed, OWN], pins=pins, charts=charts, digests=digests or {}
    )


@pytest.fixture(params=TOOLS)
def tool(request: pytest.FixtureRequest) -> Tool:
    return request.param


@pytest.fixture
def registry(tmp_path: Path, tool: Tool) -> Registry:
    made = Registry(tmp_path)
    made.make(tool, "helm")
    made.put(SHOP, "shop one")
    made.put(TILL, "till")
    return made


def test_everything_is_copied_once_and_checked(registry: Registry, tool: Tool) -> None:
    text = script(order(), tool)
    done = registry.run(text)
    assert done.returncode == 0, done.stderr
    assert registry.path(AT[SHOP]).read_text() == "shop one"
    assert (registry.root / "image-digests.txt").read_text().splitlines() == [
        f"{SHOP} {digest('shop one')}",
        f"{TILL} {digest('till')}",
    ]
    assert sorted(path.name for path in (registry.root / "charts").iterdir()) == ["shop-1.0.0.tgz", "till-v2.0.0.tgz"]
    assert len(registry.calls(COPIES[tool])) == 2
    assert f"# Yours to bring: {OWN.name}" in text

    registry.forget()
    assert registry.run(text).returncode == 0
    assert not registry.calls(COPIES[tool])
    assert not registry.calls("helm")


def test_a_tag_that_moved_is_copied_again_unless_its_digest_is_known(registry: Registry, tool: Tool) -> None:
    registry.run(script(order(), tool))
    registry.put(SHOP, "shop two")
    pinned = script(order(digests={SHOP: digest("shop one")}), tool)
    assert registry.run(pinned).returncode == 0
    assert registry.path(AT[SHOP]).read_text() == "shop one"
    assert registry.run(script(order(), tool)).returncode == 0
    assert registry.path(AT[SHOP]).read_text() == "shop two"


def test_without_a_network_between_them_a_directory_carries_everything(registry: Registry, tool: Tool) -> None:
    text = script(order(charts="registry.initech.example/charts"), tool)
    downloaded = registry.run(text, "download", "disk")
    assert downloaded.returncode == 0, downloaded.stderr
    assert not registry.path(AT[SHOP]).exists()
    assert not registry.calls("helm push")
    for name in (SHOP, TILL):
        registry.path(name).unlink()
    registry.forget()
    uploaded = registry.run(text, "upload", "disk")
    assert uploaded.returncode == 0, uploaded.stderr
    assert registry.path(AT[SHOP]).read_text() == "shop one"
    assert registry.path("oci://registry.initech.example/charts/till-v2.0.0").read_text() == "archive of till"
    assert not registry.calls("helm pull")


def test_charts_are_pushed_once(registry: Registry, tool: Tool) -> None:
    text = script(order(charts="registry.initech.example/charts"), tool)
    for _ in range(2):
        assert registry.run(text).returncode == 0
    assert len(registry.calls("helm push")) == 2


def test_an_archive_that_is_not_the_pinned_one_ends_it(registry: Registry, tool: Tool) -> None:
    pins = (Pin(name="till", version="v2.0.0", repository="oci://acme.example/charts", digest="0" * 64),)
    done = registry.run(script(order("registry.initech.example/charts", pins=pins), tool))
    assert done.returncode == 1
    assert "till-v2.0.0.tgz: is not the archive that was pinned" in done.stderr
    assert not registry.calls("helm push")


def test_what_cannot_be_read_ends_it_with_its_name(registry: Registry, tool: Tool) -> None:
    registry.path(TILL).unlink()
    done = registry.run(script(order(), tool))
    assert done.returncode == 1
    assert f"{TILL}: cannot be read" in done.stderr


def test_what_was_not_downloaded_cannot_be_uploaded(registry: Registry, tool: Tool) -> None:
    done = registry.run(script(order(), tool), "upload", "disk")
    assert done.returncode == 1
    assert f"{SHOP}: not downloaded" in done.stderr


def test_a_copy_that_became_something_else_ends_it(registry: Registry, tool: Tool) -> None:
    program = registry.root / "bin" / tool
    program.write_text(f"{program.read_text()}\n[ $1 != copy ] || echo changed >>{registry.path(AT[SHOP])}\n")
    done = registry.run(script(order(), tool))
    assert done.returncode == 1
    assert f"{AT[SHOP]}: has digest" in done.stderr


@pytest.mark.parametrize("missing", ["tool", "helm"])
def test_a_program_that_is_not_there_is_named_first(registry: Registry, tool: Tool, missing: str) -> None:
    name = tool if missing == "tool" else missing
    (registry.root / "bin" / name).unlink()
    done = registry.run(script(order(), tool))
    assert (done.returncode, done.stderr.strip()) == (1, f"{name} is not installed")


@pytest.mark.parametrize("arguments", [("backup",), ("download",), ("upload", "a", "b")])
def test_a_wrong_call_tells_the_right_one(registry: Registry, tool: Tool, arguments: tuple[str, ...]) -> None:
    done = registry.run(script(order(), tool), *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: bash ")
    assert not registry.calls(tool)


@pytest.mark.parametrize("text", ["a; rm -rf /", "$(date)", "a\nb", "", "https://r.example"])
def test_what_is_no_registry_comes_into_no_script(text: str) -> None:
    bad = Order(stack="initech", registry=MIRROR, images=[], pins=[], charts=text or " ", digests={})
    with pytest.raises(SupplyError, match="allowed: <host>"):
        script(bad, "skopeo")


def test_an_image_that_nobody_can_copy_is_refused() -> None:
    unknown = Listed(name=f"{MIRROR}/x:1", upstream=None, brought=False, idle=False)
    bad = Order(stack="initech", registry=MIRROR, images=[unknown], pins=[], digests={})
    with pytest.raises(SupplyError, match="its upstream name is not known"):
        script(bad, "skopeo")

"""The table that people read."""

from __future__ import annotations

import io

from rich.console import Console
from supply_objects import kube

from supply.hooks import Hook
from supply.inventory import inventory
from supply.tables import WIDTH, show

MIRROR = "registry.acme.example/mirror"


def deployment(registry: str) -> dict[str, object]:
    container = {
        "name": "main",
        "image": f"{registry}/acme/shop:1",
        "args": [f"--executor-image={registry}/acme/late:1"],
    }
    own = {"name": "own", "image": f"{MIRROR}/own:1"}
    return {"spec": {"template": {"spec": {"containers": [container], "initContainers": [own]}}}}


def test_it_says_what_is_pulled_from_where_by_whom_and_what_is_not() -> None:
    mirrored, upstream = ([kube("apps/v1/Deployment", deployment(registry))] for registry in (MIRROR, "quay.io"))
    hook = Hook(image="quay.io/acme/hook:1", chart="shop", object="Job acme/check", event="post-install")
    strange = kube("v1/ConfigMap", {"data": {"note": "quay.io/acme/strange:1"}})
    found = inventory([*mirrored, strange], stack="prod", registry=MIRROR, upstream=upstream, hooks=[hook])
    out = io.StringIO()
    show(found, Console(file=out, width=WIDTH))
    lines = out.getvalue().splitlines()

    def line(text: str) -> int:
        (at,) = [index for index, one in enumerate(lines) if text in one]
        return at

    assert line("prod: 2 images") < line("quay.io/acme/shop:1") < line(f"{MIRROR}/acme/shop:1")
    assert "container main" in lines[line("quay.io/acme/shop:1")]
    assert "brought by the customer" in "".join(lines[line(f"{MIRROR}/own:1") :][:2])
    assert line("Named, and pulled by nothing") < line("quay.io/acme/late:1") < line("Never run: ")
    assert "idle, as there is no" in lines[line("made by Argo Workflows")]
    assert "shop, Job acme/check, post-install" in lines[line("quay.io/acme/hook:1")]
    assert lines[-1].startswith(
        "looks like an image, and no rule knows it: quay.io/acme/strange:1 (ConfigMap acme/shop"
    )

"""What the server may do, in place of the roles of its chart.

These let it write every Secret of its own namespace, where the Core 2 controller keeps its keys, and in the runtimes
they grant kinds that the platform does not have (Core 1, Knative) and Istio's policies, which nothing here lets it
write. What is left is what the chart grants for Core 2 (chart 2.4.0, templates/role-seldon-deploy-role.yaml).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.rights import Account, Rule, rule
from components.seldon.enterprise import names

if TYPE_CHECKING:
    import pulumi

_READ = ("get", "list", "watch")
_ALL = ("create", "delete", *_READ, "patch", "update")
_KINDS = ("experiments", "models", "pipelines")
ROLE = "seldon-deploy"


def own_rules() -> list[Rule]:
    """In its own namespace: it reads its settings and its licence; Secrets reach it as variables and files."""
    return [rule("", ("configmaps",), _READ)]


def runtime_rules(*, batch: bool) -> list[Rule]:
    """In a runtime: people deploy through it, keep the credentials of their storage, and load-test with Jobs.

    The API server cannot tell their Secrets from the others of the namespace, so it may read these too.
    """
    jobs = [rule("argoproj.io", ("workflows",), ("create", "delete", *_READ))] if batch else []
    return [
        rule("", ("pods", "services"), _READ),
        rule("", ("configmaps",), ("create", "update", *_READ)),
        rule("", ("secrets",), _ALL),
        rule("apps", ("deployments",), _READ),
        rule("batch", ("jobs",), _ALL),
        rule("mlops.seldon.io", _KINDS, _ALL),
        rule(
            "mlops.seldon.io",
            tuple(f"{kind}/{part}" for kind in _KINDS for part in ("finalizers", "status")),
            ("get", "patch", "update"),
        ),
        rule("networking.istio.io", ("destinationrules", "virtualservices"), _READ),
        *jobs,
    ]


def grant_rights(
    name: str, *, namespace: str, runtimes: list[str], batch: bool, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Let the server work in its own namespace and in the runtimes."""
    server = Account(name=names.RELEASE, namespace=namespace)
    granted = server.grant(f"{name}-own", ROLE, own_rules(), namespace=namespace, opts=opts)
    for runtime in runtimes:
        rules = runtime_rules(batch=batch)
        granted += server.grant(f"{name}-{runtime}", ROLE, rules, namespace=runtime, opts=opts)
    return granted

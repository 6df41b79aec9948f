"""Pods may do more than before: Pod Security, security contexts, host access, tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review import kinds
from review.kinds import Kind
from review.model import Risk, Value
from review.paths import at
from review.rules.base import Rule, fields, objects, ranked, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.rules.base import Case

_ENFORCE = "pod-security.kubernetes.io/enforce"
_LEVELS = ("privileged", "baseline", "restricted")
_SERVICE_ACCOUNT = Kind("", "ServiceAccount")
_MESH = ("istio-injection", "istio.io/rev", "istio.io/dataplane-mode")
_IDENTITIES = ("eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account")
_HARMLESS = frozenset({"NET_BIND_SERVICE"})


def _level_lowered(case: Case) -> Iterator[str]:
    was, now = fields(case.was("metadata.labels")), fields(case.now("metadata.labels"))
    if not case.changed:
        return
    old, new = was.get(_ENFORCE), now.get(_ENFORCE)
    if ranked(old, _LEVELS) > max(ranked(new, _LEVELS), 0):
        yield f"enforces less on its pods: {new or 'nothing'} instead of {old}"
    for name in _MESH:
        if was.get(name) not in {None, "disabled"} and now.get(name) != was.get(name) and not _in_mesh(now):
            yield f"leaves the mesh ({name}): no mutual TLS, and no authorization of its callers"


def _in_mesh(labels: dict[str, Value]) -> bool:
    return any(labels.get(name) not in {None, "disabled", "none"} for name in _MESH)


def pod_spec(inputs: dict[str, Value]) -> dict[str, Value]:
    """Return the specification of the pods that an object runs; empty if it runs none."""
    for path in ("spec.jobTemplate.spec.template.spec", "spec.template.spec", "spec"):
        found = fields(at(inputs, path))
        if "containers" in found:
            return found
    return {}


def containers(spec: dict[str, Value]) -> dict[str, dict[str, Value]]:
    """Return the containers of a pod by name, those that start first too."""
    found = [*objects(spec.get("initContainers")), *objects(spec.get("containers"))]
    return {str(container.get("name")): container for container in found}


def _context_weakened(case: Case) -> Iterator[str]:
    if case.gone:
        return
    before, after = pod_spec(case.before), pod_spec(case.after)
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if after.get(field) is True and before.get(field) is not True:
            yield f"enters the node's own namespaces ({field})"
    if _host_paths(after) - _host_paths(before):
        yield f"mounts directories of the node: {', '.join(sorted(_host_paths(after) - _host_paths(before)))}"
    old = containers(before)
    for name, container in containers(after).items():
        was = _effective(before, old.get(name, {})) if name in old else {}
        for words in _weaker(was, _effective(after, container), known=name in old):
            yield f"container {name} {words}"


def _effective(spec: dict[str, Value], container: dict[str, Value]) -> dict[str, Value]:
    return {**fields(spec.get("securityContext")), **fields(container.get("securityContext"))}


def _weaker(was: dict[str, Value], now: dict[str, Value], *, known: bool) -> Iterator[str]:
    if now.get("privileged") is True and was.get("privileged") is not True:
        yield "is privileged"
    added = set(texts(at(now, "capabilities.add"))) - set(texts(at(was, "capabilities.add"))) - _HARMLESS
    if added:
        yield f"gets capabilities: {', '.join(sorted(added))}"
    if not known:
        return
    for field, safe, words in (
        ("allowPrivilegeEscalation", False, "may gain privileges"),
        ("runAsNonRoot", True, "may run as root"),
        ("readOnlyRootFilesystem", True, "may write to its own files"),
    ):
        if was.get(field) is safe and now.get(field) is not safe:
            yield f"{words} ({field})"
    if now.get("runAsUser") == 0 and was.get("runAsUser") != 0:
        yield "runs as root"
    if set(texts(at(was, "capabilities.drop"))) - set(texts(at(now, "capabilities.drop"))):
        yield "keeps capabilities that it dropped"
    old, new = at(was, "seccompProfile.type"), at(now, "seccompProfile.type")
    if old in {"RuntimeDefault", "Localhost"} and new not in {"RuntimeDefault", "Localhost"}:
        yield "may make every system call (seccompProfile)"


def _host_paths(spec: dict[str, Value]) -> set[str]:
    return {str(at(volume, "hostPath.path")) for volume in objects(spec.get("volumes")) if "hostPath" in volume}


def _token(case: Case) -> Iterator[str]:
    if case.changed:
        before, after = case.before, case.after
        if case.kind != _SERVICE_ACCOUNT:
            before, after = pod_spec(before), pod_spec(after)
        if (
            before.get("automountServiceAccountToken") is False
            and after.get("automountServiceAccountToken") is not False
        ):
            yield "hands its pods a token for the API server (automountServiceAccountToken)"


def _identity(case: Case) -> Iterator[str]:
    was, now = fields(case.was("metadata.annotations")), fields(case.now("metadata.annotations"))
    for name in _IDENTITIES:
        if case.changed and now.get(name) is not None and now.get(name) != was.get(name):
            yield f"acts as another identity of the cloud: {name}"


def _host_port(case: Case) -> Iterator[str]:
    def ports(inputs: dict[str, Value]) -> set[str]:
        return {
            str(port["hostPort"])
            for container in containers(pod_spec(inputs)).values()
            for port in objects(container.get("ports"))
            if port.get("hostPort")
        }

    added = ports(case.after) - ports(case.before)
    if added and not case.gone:
        yield f"listens on ports of the node: {', '.join(sorted(added))}"


TABLE = (
    Rule(
        id="exposure/pod-security-lowered",
        risk=Risk.EXPOSURE,
        on=frozenset({kinds.NAMESPACE}),
        check=_level_lowered,
        why="The API server then admits pods that it refused, whoever asks for them.",
        remedy="Keep the label; give the one workload that needs more a namespace of its own.",
        paths=("metadata.labels",),
    ),
    Rule(
        id="exposure/security-context-weakened",
        risk=Risk.EXPOSURE,
        on=kinds.WITH_PODS,
        check=_context_weakened,
        why="Whoever takes the container over can do more to the node and to other pods.",
        remedy="Keep the restricted security context, and give the container only what it cannot run without.",
        paths=("spec",),
    ),
    Rule(
        id="exposure/host-port",
        risk=Risk.EXPOSURE,
        on=kinds.WITH_PODS,
        check=_host_port,
        why="A port of the node is reached past Services and, with most networks, past NetworkPolicies.",
        remedy="Use a Service.",
        paths=("spec",),
    ),
    Rule(
        id="exposure/token-mounted",
        risk=Risk.EXPOSURE,
        on=kinds.WITH_PODS | {_SERVICE_ACCOUNT},
        check=_token,
        why="Whoever takes a pod over can then speak to the API server with the rights of its account.",
        remedy="Leave it off, and turn it on in the pod that speaks to the API server alone.",
        paths=("automountServiceAccountToken", "spec"),
    ),
    Rule(
        id="exposure/cloud-identity",
        risk=Risk.EXPOSURE,
        on=frozenset({_SERVICE_ACCOUNT}),
        check=_identity,
        why="Its pods get the rights of that identity.",
        remedy="See that the identity may do only what these pods need.",
        paths=("metadata.annotations",),
    ),
)

"""Rights of the Kubernetes API grow, and what guards the API is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review.kinds import Kind, identity
from review.model import Risk, Value
from review.rules.base import Rule, fields, objects, texts
from review.rules.exposure.covering import uncovered, words_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.rules.base import Case

_GROUP = "rbac.authorization.k8s.io"
_ROLES = frozenset({Kind(_GROUP, "Role"), Kind(_GROUP, "ClusterRole")})
_BINDINGS = frozenset({Kind(_GROUP, "RoleBinding"), Kind(_GROUP, "ClusterRoleBinding")})
_ANYONE = frozenset({"system:anonymous", "system:unauthenticated", "system:authenticated"})
_RULING = frozenset({"cluster-admin", "admin", "edit"})
_ESCALATING = frozenset({"escalate", "bind", "impersonate"})
_ADMISSION = "admissionregistration.k8s.io"
_GUARDS = frozenset(
    Kind(_ADMISSION, kind)
    for kind in (
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    )
) | {Kind("kyverno.io", "ClusterPolicy"), Kind("kyverno.io", "Policy")}


def _widened(case: Case) -> Iterator[str]:
    if case.changed:
        added = uncovered(case.before.get("rules"), case.after.get("rules"), _covers)
        for rule in added:
            what = texts(rule.get("resources")) or texts(rule.get("nonResourceURLs"))
            yield f"may do more: {', '.join(texts(rule.get('verbs')))} {', '.join(what)}"
        if case.after.get("aggregationRule") and case.before.get("aggregationRule") != case.after["aggregationRule"]:
            yield "gathers the rights of other roles"
    if case.created:
        for rule in objects(case.now("rules")):
            if "*" in texts(rule.get("verbs")) and "*" in texts(rule.get("resources")):
                yield "may do everything"
            if escalating := sorted(_ESCALATING & set(texts(rule.get("verbs")))):
                yield f"may give itself more rights ({', '.join(escalating)})"


def _covers(old: dict[str, Value], new: dict[str, Value]) -> bool:
    lists = ("apiGroups", "resources", "verbs", "nonResourceURLs")
    return all(words_in(old.get(name), new.get(name), absent_is_all=False) for name in lists) and words_in(
        old.get("resourceNames"), new.get("resourceNames")
    )


def _bound(case: Case) -> Iterator[str]:
    if case.gone:
        return
    known = [_subject(case, subject) for subject in objects(case.before.get("subjects"))]
    added = [
        found for subject in objects(case.after.get("subjects")) if (found := _subject(case, subject)) not in known
    ]
    role = str(fields(case.after.get("roleRef")).get("name"))
    if case.changed:
        if added:
            yield f"gives {role} to {', '.join(' '.join(filter(None, subject)) for subject in added)}"
        if case.before.get("roleRef") != case.after.get("roleRef"):
            yield f"gives another role: {role}"
        return
    anyone = [name for _, _, name in added if name in _ANYONE]
    if anyone:
        yield f"gives {role} to {', '.join(anyone)}"
    elif role in _RULING and added:
        yield f"gives {role} to {', '.join(name for _, _, name in added)}"


def _subject(case: Case, subject: dict[str, Value]) -> tuple[str, str, str]:
    own = identity(case.after or case.before)[0] if subject.get("kind") == "ServiceAccount" else ""
    return str(subject.get("kind")), str(subject.get("namespace") or own), str(subject.get("name"))


def _guard_weakened(case: Case) -> Iterator[str]:
    if case.change.op == "delete":
        yield "is deleted"
    if not case.changed:
        return
    before = {str(hook.get("name")): hook for hook in objects(case.before.get("webhooks"))}
    after = {str(hook.get("name")): hook for hook in objects(case.after.get("webhooks"))}
    for name, hook in before.items():
        if name not in after:
            yield f"no longer asks {name}"
        elif _fails(hook) and not _fails(after[name]):
            yield f"admits what {name} cannot be asked about (failurePolicy Ignore)"
    if case.was("spec.failurePolicy") == "Fail" and case.now("spec.failurePolicy") == "Ignore":
        yield "admits what it cannot judge (failurePolicy Ignore)"
    enforcing = {"Deny", "Enforce", "enforce"}
    for path in ("spec.validationActions", "spec.validationFailureAction"):
        old, new = case.was(path), case.now(path)
        was, now = (set(texts(old)) or {str(old)}) & enforcing, (set(texts(new)) or {str(new)}) & enforcing
        if was and not now:
            yield f"only reports what it refused ({path.rpartition('.')[2]})"


def _fails(hook: dict[str, Value]) -> bool:
    return hook.get("failurePolicy", "Fail") == "Fail"


TABLE = (
    Rule(
        id="exposure/role-widened",
        risk=Risk.EXPOSURE,
        on=_ROLES,
        check=_widened,
        why="Everyone who has the role gets the new rights.",
        remedy="Name the resources, and if it can be the objects, that are needed; make a new role for the new need.",
        paths=("rules", "aggregationRule"),
    ),
    Rule(
        id="exposure/role-bound",
        risk=Risk.EXPOSURE,
        on=_BINDINGS,
        check=_bound,
        why="Whoever is named gets all rights of the role.",
        remedy="Bind a role of its own, with what is needed, to a service account of its own.",
        paths=("subjects", "roleRef"),
    ),
    Rule(
        id="exposure/admission-weakened",
        risk=Risk.EXPOSURE,
        on=_GUARDS,
        check=_guard_weakened,
        why="The API server then takes objects that it refused or corrected.",
        remedy="Keep it as long as what it guards stands. If it was only renamed or moved, give it an alias.",
        paths=("webhooks", "spec"),
    ),
)

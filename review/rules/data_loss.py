"""What loses data: deleting, replacing or forgetting what holds it, and keeping it for a shorter time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from review import kinds
from review.kinds import identity
from review.model import UNKNOWN, Risk
from review.rules.base import Hit, Rule, about, fields
from review.rules.durations import length, shorter, smaller
from review.rules.leaves import leaves
from review.rules.stateful import DRAWN, encrypts, lost_with, taken_up_again

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.rules.base import Case

_LOSS = Risk.DATA_LOSS
_KEEP = (
    "If it was only renamed or moved in the program, give it an alias of its old name (`aliases=[pulumi.Alias(...)]`). "
    "Otherwise save its data first, see that it can be restored, and have the loss approved."
)
_KEEPS = re.compile(
    r"retention|retain|expir|noncurrent|backup.?days|keep.?(days|for|last)|delete\..*min.?age|(\b|[._-])ttl(\b|[._-])",
    re.IGNORECASE,
)
_NOT_KEPT = re.compile(
    r"token|session|cache|cookie|cert|dns|record|lease|timeout|ttlSecondsAfterFinished", re.IGNORECASE
)
_SIZES_KEPT = re.compile(r"retention.?(size|bytes)", re.IGNORECASE)
_PLAN = re.compile(r"^(\S+) (\d+) (\d+)$")


def lifecycle(case: Case) -> Iterator[Hit]:
    """Yield that the resource goes, or is made anew, and its data is lost."""
    lost = lost_with(case)
    if case.change.op not in {"delete", "replace", "forget"} or lost is None or taken_up_again(case):
        return
    if case.change.op == "replace" and not _really_replaced(case):
        return
    yield Hit(
        rule=f"data-loss/{case.change.op}",
        risk=_LOSS,
        what={"delete": "is deleted", "replace": "is replaced", "forget": "is forgotten"}[case.change.op],
        why=f"{_why(case)} {lost[0].upper()}{lost[1:]}." if case.change.op != "forget" else _why(case),
        remedy=_REMEDIES[case.change.op],
        properties=tuple(found for found in case.change.properties if found.replaces),
    )


_REMEDIES = {
    "delete": _KEEP,
    "replace": (
        "Leave the properties that force the replacement as they are, or exempt them with `ignore_changes`. "
        "Otherwise save its data first, see that it can be restored, and have the loss approved."
    ),
    "forget": (
        "It stays behind, in nobody's hands: nothing backs it up, renews or deletes it. Keep it in the program, import "
        "it into the stack that it moves to, or have it approved and write down who looks after it."
    ),
}


def _really_replaced(case: Case) -> bool:
    """A Secret with a key is replaced when anything in it changes; its key is lost only if that is what changes."""
    if case.kind == kinds.SECRET:
        changed = about(case.change, ("data", "stringData", "metadata.name", "metadata.namespace"))
        return bool(changed) or not case.change.properties
    return True


def _why(case: Case) -> str:
    if case.change.op == "forget":
        return "The program lets go of it with `retainOnDelete` set: it stays where it is and nothing manages it."
    if case.change.op == "replace":
        reasons = [found.path for found in case.change.properties if found.replaces] or [*case.change.replace_reasons]
        unknown = [found.path for found in case.change.properties if found.replaces and found.after is UNKNOWN]
        because = f"because {', '.join(reasons)} cannot change on it" if reasons else "because the program asks for it"
        maybe = " What the value will be is not known before the update: it may stay the same." if unknown else ""
        return f"The engine replaces it {because}.{maybe}"
    protected = " It is protected, so the engine refuses as long as it is." if _protected(case) else ""
    key = (case.kind, *identity(case.before)) if case.kind else None
    twin = case.context.made.get(key) if key else None
    if twin:
        return (
            f"The program has it no more under this name, and makes {twin.urn.rpartition('::')[2]} instead, which is "
            f"the same object in the cluster: the old one's deletion deletes it.{protected}"
        )
    return f"The program has it no more.{protected}"


def _protected(case: Case) -> bool:
    return case.change.before is not None and case.change.before.protect


def _retention(case: Case) -> Iterator[str]:
    if not case.changed or case.kind == kinds.CRD:
        return
    before, after = leaves(case.before), leaves(case.after)
    for path, old in before.items():
        name = path[-80:]
        if not _KEEPS.search(name) or _NOT_KEPT.search(name):
            continue
        new = after.get(path)
        if _SIZES_KEPT.search(name):
            if smaller(old, new):
                yield f"keeps less: {path} goes from {old} to {new}"
        elif shorter(old, new) or (new is None and _switches_off(path, old)):
            yield f"keeps what it has for a shorter time: {path} goes from {old} to {'nothing' if new is None else new}"


def _switches_off(path: str, old: object) -> bool:
    """Say whether a default that keeps less takes the setting's place; most things without one are kept for ever."""
    return path in {"backupRetentionPeriod", "spec.retention"} and bool(length(str(old)))


def _plan(case: Case) -> Iterator[str]:
    """The object store's plan has a bucket a line: name, days that objects are locked, days that old versions stay."""
    if not case.changed:
        return
    for key, old in fields(case.was("data")).items():
        new = fields(case.now("data")).get(key)
        if not isinstance(old, str) or not isinstance(new, str):
            continue
        wanted = {found[1]: found for line in new.splitlines() if (found := _PLAN.match(line))}
        for line in old.splitlines():
            found = _PLAN.match(line)
            if not found:
                continue
            if found[1] not in wanted:
                yield f"lets go of bucket {found[1]}: what is in it stays there, and nothing uses it or clears it up"
                continue
            for index, what in ((2, "days locked"), (3, "days of old versions")):
                if int(wanted[found[1]][index]) < int(found[index]):
                    yield f"keeps bucket {found[1]} shorter: {what} go from {found[index]} to {wanted[found[1]][index]}"


def _purge(case: Case) -> Iterator[str]:
    for path in ("forceDestroy", "forceDelete"):
        if case.changed and case.gained(path, value=True):
            yield f"may be deleted with all that is in it ({path})"


def _fewer_brokers(case: Case) -> Iterator[str]:
    old, new = case.was("spec.replicas"), case.now("spec.replicas")
    if case.changed and isinstance(old, int) and isinstance(new, int) and new < old:
        yield f"loses brokers: replicas go from {old} to {new}"


def _messages(case: Case) -> Iterator[str]:
    old, new = fields(case.was("spec.config")), fields(case.now("spec.config"))
    if case.changed and old.get("cleanup.policy", "delete") != new.get("cleanup.policy", "delete"):
        yield "treats old messages in another way: cleanup.policy changes"


def _drawn(case: Case) -> Iterator[str]:
    if case.change.op == "update" and case.change.type in DRAWN and encrypts(case) and case.change.properties:
        yield "is drawn anew"


TABLE = (
    Rule(
        id="data-loss/retention-shortened",
        risk=_LOSS,
        on=frozenset(),
        check=_retention,
        why="What is older than the new time is deleted once the change is made, and no later change brings it back.",
        remedy="Keep the longer time, or copy what is older first and have the loss approved.",
        paths=("spec", "data", "settings", "lifecycleRules", "rules", "backupRetentionPeriod", "retentionInDays"),
    ),
    Rule(
        id="data-loss/bucket-plan",
        risk=_LOSS,
        on=frozenset({kinds.CONFIG_MAP}),
        check=_plan,
        why="What the plan does not cover any more can be deleted, and is not looked for where it was.",
        remedy="Keep the plan, or copy what it covers first and have the loss approved.",
        paths=("data",),
    ),
    Rule(
        id="data-loss/purge",
        risk=_LOSS,
        on=frozenset(),
        check=_purge,
        why="Deleting it fails as long as something is in it; with this it deletes everything first, old versions too.",
        remedy="Leave it off, and empty the resource by hand when it is to go.",
        paths=("forceDestroy", "forceDelete"),
    ),
    Rule(
        id="data-loss/fewer-brokers",
        risk=_LOSS,
        on=frozenset({kinds.NODE_POOL}),
        check=_fewer_brokers,
        why="Partitions that are on the brokers that go are lost unless they were moved to others before.",
        remedy="Move the partitions away first (a KafkaRebalance of mode remove-brokers), then take brokers away.",
        paths=("spec.replicas",),
    ),
    Rule(
        id="data-loss/messages",
        risk=_LOSS,
        on=frozenset({kinds.Kind("kafka.strimzi.io", "KafkaTopic")}),
        check=_messages,
        why="A topic that was compacted and now deletes, or the other way round, drops messages that were to stay.",
        remedy="Make a new topic with the other policy, and move producers and consumers to it.",
        paths=("spec.config",),
    ),
    Rule(
        id="data-loss/key-drawn-anew",
        risk=_LOSS,
        on=DRAWN,
        check=_drawn,
        why="What is encrypted with the old key can never be read again.",
        remedy="Leave its inputs as they are; to change a key, add a second one and encrypt anew first.",
    ),
)
"""Rules for what stays but keeps less."""

"""Resources of the clouds open: networks, policies, grants, and guards that are resources of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from review.model import Risk, Value
from review.paths import at
from review.rules.base import Rule, fields, hidden, objects, texts
from review.rules.exposure.covering import cidrs_in, everywhere, uncovered, words_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.rules.base import Case

_SEARCH = ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_SQL = "gcp:sql/databaseInstance:DatabaseInstance"
_EKS = "aws:eks/cluster:Cluster"
_ESSENTIAL: dict[str, str] = {
    _BLOCK: "the bucket can then be opened to the public",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "objects are then encrypted with a key of the provider's"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": "what it denied is then decided by others, plain HTTP among it",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "access lists of single objects then count again",
    "aws:cloudtrail/trail:Trail": "nobody then sees who did what",
    "aws:ec2/flowLog:FlowLog": "nobody then sees who talked to whom",
}
_ANYONE = frozenset({"allUsers", "allAuthenticatedUsers"})
_OWNERS = frozenset({"roles/owner", "roles/editor"})
_ADMINS = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")


def _essential_deleted(case: Case) -> Iterator[str]:
    if case.change.op == "delete" and case.change.type in _ESSENTIAL:
        yield f"is deleted: {_ESSENTIAL[case.change.type]}"


def _network(case: Case) -> Iterator[str]:
    if case.gone:
        return
    before, after = _sources(case.before), _sources(case.after)
    added = sorted(cidr for cidr in after - before if everywhere(cidr))
    if added:
        yield f"lets {', '.join(added)} in"
    elif case.changed and before and not cidrs_in([*before], [*after]):
        yield "lets more addresses in"


def _sources(inputs: dict[str, Value]) -> set[str]:
    """Return the ranges of addresses that an inbound rule admits, in the forms of both clouds."""
    if inputs.get("type") == "egress" or inputs.get("direction") == "EGRESS":
        return set()
    found = [*texts(inputs.get("cidrBlocks")), *texts(inputs.get("ipv6CidrBlocks")), *texts(inputs.get("sourceRanges"))]
    found += [str(inputs[key]) for key in ("cidrIpv4", "cidrIpv6") if inputs.get(key)]
    for rule in objects(inputs.get("ingress")):
        found += [*texts(rule.get("cidrBlocks")), *texts(rule.get("ipv6CidrBlocks"))]
    found += texts(at(inputs, "vpcConfig.publicAccessCidrs"))
    networks = at(inputs, "settings.ipConfiguration.authorizedNetworks")
    return {*found, *(str(network.get("value")) for network in objects(networks))}


def _policy(case: Case) -> Iterator[str]:
    for key in ("policy", "assumeRolePolicy", "accessPolicies", "inlinePolicy"):
        old, new = _statements(case.was(key)), _statements(case.now(key))
        if case.gone or hidden(case.now(key)):
            continue
        allowed = [s for s in new if s.get("Effect") == "Allow"]
        for statement in allowed:
            if _public(statement) and not any(_public(known) for known in old):
                yield f"lets everyone in ({key})"
        if not case.changed:
            continue
        if uncovered([s for s in old if s.get("Effect") == "Allow"], [*allowed], _statement_covers):
            yield f"allows more ({key})"
        if uncovered(
            [s for s in new if s.get("Effect") == "Deny"], [s for s in old if s.get("Effect") == "Deny"], _equal
        ):
            yield f"denies less ({key})"


def _statements(document: Value) -> list[dict[str, Value]]:
    if isinstance(document, str) and document.startswith("{"):
        try:
            document = cast("Value", json.loads(document))
        except ValueError:
            return []
    found = fields(document).get("Statement")
    return [found] if isinstance(found, dict) else objects(found)


def _public(statement: dict[str, Value]) -> bool:
    principal = statement.get("Principal")
    named = fields(principal).get("AWS", principal)
    return (named == "*" or (isinstance(named, list) and "*" in named)) and not statement.get("Condition")


def _statement_covers(old: dict[str, Value], new: dict[str, Value]) -> bool:
    same = all(old.get(key) == new.get(key) for key in ("NotAction", "NotResource", "NotPrincipal"))
    conditions = not old.get("Condition") or old.get("Condition") == new.get("Condition")
    principals = old.get("Principal") == new.get("Principal")
    return (
        same
        and conditions
        and principals
        and all(
            words_in(_list(old.get(key)), _list(new.get(key)), absent_is_all=False) for key in ("Action", "Resource")
        )
    )


def _list(value: Value) -> Value:
    return [value] if isinstance(value, str) else value


def _equal(old: dict[str, Value], new: dict[str, Value]) -> bool:
    return {**old, "Sid": ""} == {**new, "Sid": ""}


def _granted(case: Case) -> Iterator[str]:
    if case.gone:
        return
    members = set(texts(case.now("members"))) - set(texts(case.was("members"))) | {str(case.now("member"))}
    if found := sorted(members & _ANYONE):
        yield f"lets {', '.join(found)} in"
    role = case.now("role")
    if role in _OWNERS and case.was("role") != role:
        yield f"gives {role}"
    arn = case.now("policyArn")
    if isinstance(arn, str) and arn != case.was("policyArn") and arn.endswith(_ADMINS):
        yield f"gives {arn.rpartition('/')[2]}"
    if case.changed and len(members) > 1 and not members & _ANYONE:
        yield "gives its role to more members"


def _parameters(case: Case) -> Iterator[str]:
    def forced(inputs: dict[str, Value]) -> dict[str, str]:
        return {str(entry.get("name")): str(entry.get("value")) for entry in objects(inputs.get("parameters"))}

    old, new = forced(case.before), forced(case.after)
    if case.changed and old.get("rds.force_ssl") == "1" and new.get("rds.force_ssl") != "1":
        yield "takes connections without TLS (rds.force_ssl)"


_WHY = "What only few could reach or read, more can."
TABLE = (
    Rule(
        id="exposure/cloud-guard-deleted",
        risk=Risk.EXPOSURE,
        on=frozenset(_ESSENTIAL),
        check=_essential_deleted,
        why=_WHY,
        remedy="Keep it as long as what it guards stands. If it was only renamed or moved, give it an alias.",
    ),
    Rule(
        id="exposure/cloud-network-opened",
        risk=Risk.EXPOSURE,
        on=frozenset(
            {
                "aws:ec2/securityGroup:SecurityGroup",
                "aws:ec2/securityGroupRule:SecurityGroupRule",
                "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
                "gcp:compute/firewall:Firewall",
                _EKS,
                _SQL,
            }
        ),
        check=_network,
        why=_WHY,
        remedy="Name the addresses, or better the security groups, that may come in.",
    ),
    Rule(
        id="exposure/cloud-policy-widened",
        risk=Risk.EXPOSURE,
        on=frozenset(
            {
                "aws:iam/policy:Policy",
                "aws:iam/rolePolicy:RolePolicy",
                "aws:iam/userPolicy:UserPolicy",
                "aws:iam/role:Role",
                "aws:kms/key:Key",
                "aws:kms/keyPolicy:KeyPolicy",
                "aws:s3/bucketPolicy:BucketPolicy",
                "aws:secretsmanager/secretPolicy:SecretPolicy",
                *_SEARCH,
            }
        ),
        check=_policy,
        why="Whoever the policy is for can do more, or more can.",
        remedy="Name the actions and resources that are needed, in a statement of their own.",
    ),
    Rule(
        id="exposure/cloud-role-granted",
        risk=Risk.EXPOSURE,
        on=frozenset(
            {
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                "aws:iam/userPolicyAttachment:UserPolicyAttachment",
                *(
                    f"gcp:{module}"
                    for module in (
                        "storage/bucketIAMMember:BucketIAMMember",
                        "storage/bucketIAMBinding:BucketIAMBinding",
                        "projects/iAMMember:IAMMember",
                        "projects/iAMBinding:IAMBinding",
                        "kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
                        "secretmanager/secretIamMember:SecretIamMember",
                        "serviceaccount/iAMMember:IAMMember",
                    )
                ),
            }
        ),
        check=_granted,
        why="Whoever is named gets all rights of the role.",
        remedy="Give a role with what is needed, on the one resource that needs it.",
    ),
    Rule(
        id="exposure/cloud-parameter-lowered",
        risk=Risk.EXPOSURE,
        on=frozenset({"aws:rds/parameterGroup:ParameterGroup", "aws:rds/clusterParameterGroup:ClusterParameterGroup"}),
        check=_parameters,
        why="Others on the way can read what clients and database say.",
        remedy="Keep rds.force_ssl at 1.",
    ),
)

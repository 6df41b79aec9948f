"""Who may do what in the Enterprise Platform: the policy document that its OPA reads."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from infra.settings.base import Allowed, Model

_RESOURCE = r"^(namespace/[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?|project/[A-Za-z0-9]([A-Za-z0-9._ -]{0,98}[A-Za-z0-9])?)$"
_NAME = r"[^\s*]([^\x00-\x1f\x7f]*[^\s])?"
_NAMESPACE = "namespace/"

GroupName: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=rf"^{_NAME}$", max_length=255),
    Allowed("the name of a group as tokens have it, without an asterisk in front, such as data-scientists"),
]
UserId: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=rf"^(\*|{_NAME})$", max_length=255),
    Allowed("the name of a user as tokens have it, such as alice, or * for everyone who logs in"),
]
GrantedResource: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=_RESOURCE),
    Allowed(
        "namespace/<namespace of a runtime> or project/<name>, each by its name and no wildcard, such as "
        "namespace/fraud; system/iam would let the policy be changed from elsewhere than here"
    ),
]


class Grant(Model):
    """One thing that may be done to one resource; `write` does not include `read`.

    Namespaces hold deployments, projects hold models of the catalogue:
    https://docs.seldon.ai/seldon-enterprise-platform/demos/general/project-based-auth.
    """

    action: Literal["read", "write"]
    """What may be done: look at it, or create, change and delete it."""
    resource: GrantedResource
    """What it may be done to."""

    @property
    def namespace(self) -> str | None:
        """The namespace that it is about; None when it is about a project."""
        return self.resource.removeprefix(_NAMESPACE) if self.resource.startswith(_NAMESPACE) else None


Grants: TypeAlias = Annotated[tuple[Grant, ...], Field(min_length=1)]


class Access(Model):
    """Who may do what in the Enterprise Platform; what is not granted is denied."""

    groups: dict[GroupName, Grants] = Field(default_factory=dict)
    """Grants by the groups in the token of who logs in."""
    users: dict[UserId, Grants] = Field(default_factory=dict)
    """Grants by user."""

    @property
    def policy(self) -> dict[str, dict[str, list[dict[str, str]]]]:
        """The document, as the platform's OPA reads it.

        Shape: `{"role_grants": {group: [{"action", "resource"}]}, "user_grants": {user: [the same]}}`, see
        https://deploy.seldon.io/en/v1.3/contents/operations/policy-management/index.html.
        """
        return {"role_grants": _written(self.groups), "user_grants": _written(self.users)}


def _written(grants: dict[str, tuple[Grant, ...]]) -> dict[str, list[dict[str, str]]]:
    return {
        name: [{"action": grant.action, "resource": grant.resource} for grant in given]
        for name, given in sorted(grants.items())
    }

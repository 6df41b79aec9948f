"""The provider's own configuration, checked before anything is asked of a cluster."""

import json
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from .values import KubeObject, Unknown

_REFUSED: Final = {
    "renderYamlToDirectory": "a rehearsal applies to its API server, it does not render to files",
    "alwaysRender": "a rehearsal applies to its API server, it does not render to files",
    "deleteUnreachable": "a rehearsal's API server is always reachable",
    "skipUpdateUnreachable": "a rehearsal's API server is always reachable",
}


class ProviderSettings(BaseModel):
    """Settings of a provider resource, by the names that upstream documents.

    `helmReleaseSettings`, `kubeClientSettings` and `suppressHelmHookWarnings` are accepted and change nothing here.
    """

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, hide_input_in_errors=True)

    kubeconfig: str = ""
    """Contents of a kubeconfig, or the path of one; "" means $KUBECONFIG."""
    context: str = ""
    cluster: str = ""
    namespace: str = ""
    cluster_identifier: str = ""
    enable_server_side_apply: bool = True
    enable_config_map_mutable: bool = False
    enable_secret_mutable: bool = False
    enable_patch_force: bool = False
    upsert_existing_objects: bool = False
    suppress_deprecation_warnings: bool = False
    suppress_helm_hook_warnings: bool = False
    helm_release_settings: dict[str, Any] = {}
    kube_client_settings: dict[str, Any] = {}

    @field_validator("enable_server_side_apply")
    @classmethod
    def _only_server_side(cls, value: bool) -> bool:  # noqa: FBT001  pydantic passes the value
        if not value:
            msg = "must not be false: a rehearsal always uses server-side apply"
            raise ValueError(msg)
        return value

    @property
    def mutable_kinds(self) -> frozenset[str]:
        """The kinds whose data is changed in place instead of by replacement."""
        flags = {"ConfigMap": self.enable_config_map_mutable, "Secret": self.enable_secret_mutable}
        return frozenset(kind for kind, mutable in flags.items() if mutable)


class SettingsError(ValueError):
    """Provider configuration that cannot be used: `problems` pairs a property with what is wrong with it."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {problem}" if name else problem for name, problem in problems))
        self.problems = problems


def parse_settings(given: KubeObject) -> ProviderSettings:
    """Return the settings in a provider's inputs; those not known yet count as absent.

    Raises SettingsError with every problem at once.
    """
    known = {
        key: _decoded(key, value)
        for key, value in given.items()
        if not isinstance(value, Unknown) and value is not None
    }
    known.pop("version", None)
    problems = [
        (name, f"cannot be used in a rehearsal: {reason}") for name, reason in _REFUSED.items() if known.pop(name, None)
    ]
    try:
        settings = ProviderSettings.model_validate(known)
    except ValidationError as error:
        problems += [(".".join(map(str, item["loc"])), _problem(item["type"], item["msg"])) for item in error.errors()]
        raise SettingsError(problems) from None
    if problems:
        raise SettingsError(problems)
    return settings


def _decoded(key: str, value: object) -> object:
    """Undo the engine's JSON encoding of provider settings that are not texts."""
    if key == "kubeconfig" and isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, str) and key in {"helmReleaseSettings", "kubeClientSettings"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _problem(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        allowed = ", ".join(sorted(to_camel(name) for name in ProviderSettings.model_fields))
        return f"is not a setting of this provider; allowed are {allowed}"
    return message.removeprefix("Value error, ")

"""Runs `helm template` for one release, cut off from the user's own helm set-up."""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pulumi

from rehearsal.providers.kubernetes.manifests import RenderingError

TIMEOUT_SECONDS = 300
_FAILED_SCHEMA = "values don't meet the specifications of the schema(s)"
_SCHEMA_HEADING = re.compile(r"^(?P<chart>[^\s:]+):$")
_UNKNOWN_KEYS = re.compile(r"additional properties .* not allowed")
_SCHEMA_FAILURE = re.compile(r"^(?P<indent> *)- at '(?P<pointer>[^']*)': (?P<reason>.*)$")


@dataclass(frozen=True, kw_only=True)
class Release:
    """What `helm template` is asked to render.

    `chart` is a directory, a .tgz or a reference that helm resolves itself (with `repository` and `version`);
    `values` are merged over the files of `value_files`, and these over the chart's own. `api_versions` are the
    entries of `.Capabilities.APIVersions`; with a `kubeconfig`, `lookup` in templates asks that cluster.
    `files` maps a flag of helm that takes a file to that file.
    """

    chart: str
    name: str
    namespace: str
    kube_version: str
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    value_files: Sequence[pulumi.Asset] = ()
    api_versions: Sequence[str] = ()
    kubeconfig: Path | None = None
    version: str | None = None
    repository: str | None = None
    files: Mapping[str, pulumi.Asset | None] = field(default_factory=dict[str, pulumi.Asset | None])
    include_crds: bool = True
    devel: bool = False
    verify: bool = False
    dependency_update: bool = False
    plain_http: bool = False


class ValuesRefusedError(RenderingError):
    """The chart's values.schema.json refuses values; `failures` has (path, reason) for each one."""

    def __init__(self, release: Release, failures: tuple[tuple[str, str], ...]) -> None:
        listed = "".join(f"\n  - {path}: {reason}" for path, reason in failures)
        super().__init__(f"{release.chart} (release {release.name}) refuses its values:{listed}")
        self.failures = failures


def template(helm: Path, release: Release) -> str:
    """Render a release and give the YAML that helm prints: no hooks, definitions included unless asked otherwise.

    Raises ValuesRefusedError when the chart's schema refuses the values, RenderingError with helm's reason otherwise.
    Blocks: run it in a thread.
    """
    with tempfile.TemporaryDirectory(prefix="helm-") as scratch:
        home = Path(scratch)
        try:
            done = subprocess.run(
                [str(helm), "template", release.name, release.chart, *_flags(release, home)],
                env=_environment(home),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except OSError as error:
            raise RenderingError(f"helm cannot be run ({helm}): {error.strerror}") from error
        except subprocess.TimeoutExpired as error:
            raise RenderingError(
                f"{release.chart} (release {release.name}): helm was stopped after {TIMEOUT_SECONDS} s"
            ) from error
    if done.returncode:
        raise _failure(release, done.stderr)
    return done.stdout


def _environment(home: Path) -> dict[str, str]:
    """Give helm nothing of the user's but what finds programs, proxies and certificates."""
    kept = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "HOME": str(home),
        "TMPDIR": str(home),
        "HELM_CACHE_HOME": str(home / "cache"),
        "HELM_CONFIG_HOME": str(home / "config"),
        "HELM_DATA_HOME": str(home / "data"),
        "HELM_PLUGINS": str(home / "plugins"),
    }


def _flags(release: Release, home: Path) -> Iterator[str]:
    values = home / "values.json"
    values.write_text(json.dumps(release.values))
    yield from ("--namespace", release.namespace, "--kube-version", release.kube_version, "--no-hooks", "--skip-tests")
    for index, asset in enumerate(release.value_files):
        yield from ("--values", _location(asset, home / f"values-{index}.yaml"))
    yield from ("--values", str(values))
    for api_version in release.api_versions:
        yield f"--api-versions={api_version}"
    if release.kubeconfig:
        yield from ("--dry-run=server", f"--kubeconfig={release.kubeconfig}")
    yield from (f"--{flag}={_location(asset, home / flag)}" for flag, asset in release.files.items() if asset)
    named = {"version": release.version, "repo": release.repository}
    yield from (f"--{flag}={value}" for flag, value in named.items() if value)
    switches = {
        "include-crds": release.include_crds,
        "devel": release.devel,
        "verify": release.verify,
        "dependency-update": release.dependency_update,
        "plain-http": release.plain_http,
    }
    yield from (f"--{flag}" for flag, on in switches.items() if on)


def _location(asset: pulumi.Asset, spare: Path) -> str:
    """Say where helm finds an asset; one that is text is written to `spare`."""
    if isinstance(asset, pulumi.FileAsset):
        return str(asset.path)
    if isinstance(asset, pulumi.RemoteAsset):
        return asset.uri
    spare.write_text(cast("pulumi.StringAsset", asset).text)
    return str(spare)


def _failure(release: Release, stderr: str) -> RenderingError:
    if _FAILED_SCHEMA in stderr and (failures := tuple(schema_failures(stderr))):
        return ValuesRefusedError(release, failures)
    reason = stderr.strip().removeprefix("Error: ").split("\n\nUse --debug", maxsplit=1)[0]
    return RenderingError(f"{release.chart} (release {release.name}) cannot be rendered: {reason}")


def schema_failures(stderr: str) -> Iterator[tuple[str, str]]:
    """Read the leaves of helm's tree of failures as (path of the value, reason); unknown keys come one by one."""
    chart, lines = "", stderr.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if heading := _SCHEMA_HEADING.match(line):
            chart = heading["chart"]
        found, below = _SCHEMA_FAILURE.match(line), _SCHEMA_FAILURE.match(following)
        if not found or (below and below["indent"] > found["indent"]):
            continue
        path = "values" + found["pointer"].replace("/", ".").replace("~1", "/").replace("~0", "~")
        if _UNKNOWN_KEYS.fullmatch(found["reason"]):
            for key in re.findall(r"'([^']*)'", found["reason"]):
                yield f"{path}.{key}", f"no such value (schema of chart {chart})"
        else:
            yield path, f"{found['reason']} (schema of chart {chart})"

"""Archives of charts: where one is taken from, and whether it is the one that was pinned."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from supply.errors import SupplyError
from supply.helm import run_helm

if TYPE_CHECKING:
    from supply.pins import Pin
    from supply.stack import ChartSource

Outcome: TypeAlias = Literal["verified", "not pinned", "unpacked", "differs", "missing"]
GOOD: frozenset[Outcome] = frozenset({"verified", "not pinned", "unpacked"})
PATIENCE = 300
"""Seconds that helm has for one chart."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was found of one chart."""

    pin: Pin
    outcome: Outcome
    told: str
    """What was found instead, or where; for people."""


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pull(pin: Pin, repository: str, directory: Path, *, helm: Path) -> Path:
    """Have helm download the pinned version of a chart, and return the archive.

    Raises:
        SupplyError: helm cannot be run, or does not get it.
    """
    place = [f"{repository}/{pin.name}"] if repository.startswith("oci://") else [pin.name, "--repo", repository]
    with tempfile.TemporaryDirectory(prefix="helm-") as cache:
        try:
            done = run_helm(
                helm,
                *("pull", *place, "--version", pin.version, "--destination", str(directory)),
                # The user's own logins, and none of what helm once downloaded.
                environment={**os.environ, "HELM_CACHE_HOME": cache},
                seconds=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            raise SupplyError(f"chart {pin.name} {pin.version}: no answer from {repository} in {PATIENCE} s") from None
    archive = directory / f"{pin.name}-{pin.version}.tgz"
    if done.returncode or not archive.is_file():
        lines = done.stderr.strip().splitlines() or [f"helm made no {archive.name}"]
        raise SupplyError(f"chart {pin.name} {pin.version}: not to be had from {repository}: {lines[-1]}")
    return archive


def verify(pin: Pin, source: ChartSource, *, helm: Path) -> Verdict:
    """Compare the chart where a stack takes it from with its pin; what is not there is a verdict, not an error."""
    if source.kind == "directory" and source.place:
        return _in_directory(pin, Path(source.place))
    repository = f"oci://{source.place}" if source.kind == "oci" else pin.repository
    with tempfile.TemporaryDirectory(prefix="charts-") as directory:
        try:
            return _judged(pin, pull(pin, repository, Path(directory), helm=helm), repository)
        except SupplyError as error:
            return Verdict(pin=pin, outcome="missing", told=str(error))


def _in_directory(pin: Pin, directory: Path) -> Verdict:
    archive, unpacked = directory / f"{pin.name}-{pin.version}.tgz", directory / pin.name / "Chart.yaml"
    if archive.is_file():
        return _judged(pin, archive, str(archive))
    if unpacked.is_file():
        told = f"{unpacked.parent} is no archive, and so has no digest"
        return Verdict(pin=pin, outcome="unpacked", told=told)
    return Verdict(pin=pin, outcome="missing", told=f"neither {archive} nor {unpacked} is there")


def _judged(pin: Pin, archive: Path, place: str) -> Verdict:
    found = sha256(archive)
    if pin.digest is None:
        return Verdict(pin=pin, outcome="not pinned", told=f"{place} has {found}, and no digest is pinned")
    if found != pin.digest:
        return Verdict(pin=pin, outcome="differs", told=f"{place} has {found}, and {pin.digest} is pinned")
    return Verdict(pin=pin, outcome="verified", told=f"{place} has {found}")

"""What was measured as a JSON document and as tables of ratios."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.run import Measured
    from bench.subject import Subject
    from rehearsal.toolchain import Tools

REPEATED = ("preview", "no-op up")
MEBIBYTE = 1 << 20


def document(measured: Measured, tools: Tools) -> dict[str, Any]:
    """Return the figures as JSON data: durations in seconds, memory in bytes, ratios of medians."""
    subjects = (measured.stack, measured.flat, measured.empty)
    first = measured.stack.median("first up")
    return {
        "machine": {
            "cpus": os.cpu_count(),
            "platform": platform.platform(),
            "python": platform.python_version(),
            "pulumi": tools.version("pulumi"),
        },
        "programs": {subject.name: _figures(subject) for subject in subjects},
        "kubectl": {"objects": measured.objects, "seconds": measured.kubectl},
        "ratios": {
            **{
                f"{label} / {other.name}": measured.stack.median(label) / other.median(label)
                for label in REPEATED
                for other in (measured.flat, measured.empty)
            },
            "first up / flat": first / measured.flat.median("first up"),
            "first up / kubectl": first / measured.kubectl,
        },
        "scale": {
            str(factor): {**_figures(subject), "seconds_per_resource": _per_resource(subject)}
            for factor, subject in measured.scaled.items()
        },
    }


def tables(measured: Measured) -> Iterator[Table]:
    """Yield the tables that are printed."""
    stack, flat, empty = measured.stack, measured.flat, measured.empty
    times = Table("operation", "stack", "flat", "empty", "stack / flat", "stack / empty", title="Medians in seconds")
    for label in ("first up", *REPEATED):
        mine, theirs, least = (subject.median(label) for subject in (stack, flat, empty))
        times.add_row(
            label, f"{mine:.2f}", f"{theirs:.2f}", f"{least:.2f}", f"{mine / theirs:.2f}", f"{mine / least:.2f}"
        )
    yield times
    apply = Table("first up", "kubectl", "ratio", "objects", title="First up against kubectl apply --server-side")
    first = stack.median("first up")
    apply.add_row(
        f"{first:.2f} s", f"{measured.kubectl:.2f} s", f"{first / measured.kubectl:.2f}", f"{measured.objects}"
    )
    yield apply
    scale = Table(
        *("runtime namespaces", "resources", "first up", *REPEATED, "peak memory"), title="Milliseconds per resource"
    )
    for factor, subject in measured.scaled.items():
        cost = _per_resource(subject)
        scale.add_row(
            f"x{factor}",
            f"{subject.resources}",
            *(f"{cost[label] * 1000:.1f}" for label in ("first up", *REPEATED)),
            _memory(subject),
        )
    yield scale
    memory = Table("stack", "flat", "empty", title="Peak memory of engine, program and providers")
    memory.add_row(*(_memory(subject) for subject in (stack, flat, empty)))
    yield memory


def _figures(subject: Subject) -> dict[str, Any]:
    return {
        "resources": subject.resources,
        "seconds": {label: list(values) for label, values in subject.seconds.items()},
        "median_seconds": {label: subject.median(label) for label in subject.seconds},
        "peak_memory_bytes": subject.memory.bytes or None,
    }


def _per_resource(subject: Subject) -> dict[str, float]:
    return {label: subject.median(label) / subject.resources for label in subject.seconds}


def _memory(subject: Subject) -> str:
    return f"{subject.memory.bytes / MEBIBYTE:.0f} MiB" if subject.memory.bytes else "unknown"

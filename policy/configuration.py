"""The stack file, as the engine sends it to the pack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_policy import policy as sdk

from policy.facts import read_facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from policy.model import Facts

KEY = "seldon-platform:platform"


class Configuration:
    """Keeps what rules need of the stack's configuration, and nothing else of it: other keys hold secrets."""

    def __init__(self) -> None:
        self._facts: Facts | None = None

    @property
    def facts(self) -> Facts:
        """What rules need; the engine sends it before the first resource.

        Raises:
            RuntimeError: it did not, and rules without it would let pass what they should stop.
        """
        if self._facts is None:
            raise RuntimeError(f"the engine sent no {KEY}: nothing can be judged")
        return self._facts

    def take(self, config: dict[str, str]) -> None:
        """Take the configuration of the stack, by key."""
        if KEY in config:
            self._facts = read_facts(json.loads(config[KEY]))

    def listen(self) -> None:
        """Have the SDK hand over the configuration.

        The engine sends it to every pack (`ConfigureStack`), and the SDK keeps its tags alone: it looks for the rest
        in an environment variable, which is there when a language host starts the pack, and not when a launcher does
        (pulumi_policy 1.21.0, policy.py; sdk/go/common/resource/plugin/analyzer_plugin.go of pulumi 3.259.0).
        """
        servicer: Any = sdk._PolicyAnalyzerServicer  # pyright: ignore[reportPrivateUsage]
        configure: Callable[[Any, Any, Any], Any] = servicer.ConfigureStack

        def configure_stack(self_: object, request: Any, context: object) -> object:  # noqa: ANN401 (of the SDK)
            self.take(dict(request.config))
            return configure(self_, request, context)

        servicer.ConfigureStack = configure_stack

"""A mark of pods that read Secrets only when they start: it changes with them, and tells nothing about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_random as random

if TYPE_CHECKING:
    from collections.abc import Mapping

REVISION = "seldon-platform/revision"
"""Annotation of a pod template that has the mark."""


def revision(name: str, read: Mapping[str, pulumi.Input[str]], opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """Draw a random value anew whenever one of the values changes.

    A digest of them would let anyone who guesses a password prove it.
    """
    drawn = random.RandomId(name, byte_length=8, keepers=pulumi.Output.secret(dict(read)), opts=opts)
    return pulumi.Output.unsecret(drawn.hex)

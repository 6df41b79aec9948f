"""Entry point of the Pulumi program."""

import sys

import pulumi

from infra.platform import build
from infra.settings import SettingsError, load

try:
    settings = load()
except SettingsError as error:
    print(error, file=sys.stderr)  # noqa: T201 (the engine shows what the program writes)
    sys.exit(1)

for warning in settings.warnings:
    pulumi.log.warn(warning)

build(settings)

"""Settings of a stack: one model, one parser, no second reader."""

from infra.settings.errors import SettingsError
from infra.settings.load import Settings, load

__all__ = ["Settings", "SettingsError", "load"]

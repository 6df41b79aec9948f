"""The Seldon serving layer."""

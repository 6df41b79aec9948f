"""Reusable components: they take typed arguments, never read configuration, and know nothing of the program."""

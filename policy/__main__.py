"""Entry point of the pack: the engine runs this folder."""

from __future__ import annotations

from policy.pack import make_pack

make_pack()

"""An update that is killed in its midst, on the real engine and a real API server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from standing import ROOT, Standing, edit_platform, project_copy, without_stores

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.toolchain import Tools


def _paths(tools: Tools) -> dict[str, str]:
    return {name: str(getattr(tools, name)) for name in ("pulumi", "controlplane", "kwok", "helm")}


def test_an_up_that_was_killed_goes_on(tmp_path: Path, tools: Tools) -> None:
    stack_file = project_copy(tmp_path / "project", "local")
    edit_platform(stack_file, without_stores)
    stack = Standing("local", tmp_path, tools, project=stack_file.parents[1])
    program = (
        "import sys\nfrom pathlib import Path\nfrom rehearsal.engine import Rehearsal\n"
        "from rehearsal.toolchain import Tools\n"
        f"tools = Tools(**{{name: Path(path) for name, path in {_paths(tools)!r}.items()}})\n"
        f"Rehearsal(stack='local', home=Path({str(tmp_path)!r}), tools=tools, "
        f"project=Path({str(stack_file.parents[1])!r}), "
        f"kubeconfig=Path({str(stack.rehearsal.kubeconfig)!r})).up()\n"
    )
    try:
        process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, start_new_session=True)
        deadline = time.monotonic() + 120
        while stack.rehearsal.places.resources() < 60 and time.monotonic() < deadline:
            time.sleep(0.2)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert stack.rehearsal.places.resources() >= 60
        resumed = stack.rehearsal.up()
        assert resumed.ok, [error.message for error in resumed.errors]
        again = stack.rehearsal.up()
        assert again.changed == 0
    finally:
        stack.plane.stop()

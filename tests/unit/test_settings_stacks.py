"""Stack files, good and bad, read through Pulumi's own configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from settings_stacks import BAD, GOOD, TODAY, configure, read

from infra.settings import SettingsError, load

if TYPE_CHECKING:
    from pathlib import Path


def expected(path: Path) -> list[str]:
    _, _, block = path.read_text(encoding="utf-8").partition("\n# expect:\n")
    return [line.removeprefix("# ") for line in block.splitlines()]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_stack_loads(path: Path) -> None:
    settings = load(configure(read(path)["config"]), today=TODAY)
    assert all(settings.servers(runtime) for runtime in settings.platform.seldon.runtimes)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_stack_gives_all_its_problems_at_once(path: Path) -> None:
    config = configure(read(path)["config"])
    with pytest.raises(SettingsError) as caught:
        load(config, today=TODAY)
    assert [str(problem) for problem in caught.value.problems] == expected(path)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_every_problem_is_one_line_that_says_what_is_allowed(path: Path) -> None:
    lines = expected(path)
    assert lines
    for line in lines:
        assert line.startswith(("platform", "seldon-platform:"))
        assert "allowed: " in line or "not available yet, choose " in line


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_no_message_shows_a_secret(path: Path) -> None:
    config = configure(read(path)["config"])
    with pytest.raises(SettingsError) as caught:
        load(config, today=TODAY)
    for secret in ("super-secret", "12345678", "PRIVATE KEY", "c3VwZXItc2VjcmV0", "v1:AAAA"):
        assert secret not in str(caught.value).replace("123456789012", "")


def test_there_are_enough_bad_stacks() -> None:
    assert len(BAD) >= 85

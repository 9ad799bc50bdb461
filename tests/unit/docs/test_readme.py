"""The README is short, and what it shows and tells to type is there."""

import re
import struct
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
README = (REPOSITORY / "README.md").read_text()
PICTURE = REPOSITORY / "docs" / "images" / "console.png"


def test_it_is_read_in_minutes() -> None:
    assert len(README.splitlines()) <= 100


def test_its_picture_is_small_and_wide_enough() -> None:
    content = PICTURE.read_bytes()
    assert f"({PICTURE.relative_to(REPOSITORY)})" in README
    assert content.startswith(b"\x89PNG")
    assert len(content) < 150_000
    width, height = struct.unpack(">II", content[16:24])
    assert width >= 1000 > height


def test_it_tells_five_commands_and_targets_that_exist() -> None:
    assert len(re.findall(r"^\.venv/bin/daybook ", README, re.MULTILINE)) == 5
    targets = re.findall(r"^make (\w+)", README, re.MULTILINE)
    makefile = (REPOSITORY / "Makefile").read_text()
    assert targets == ["run", "test"]
    assert all(f"\n{target}: " in makefile for target in targets)

"""docs/mapping-files.md, typed as it stands: from a carrier's sample to its format."""

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "mapping-files.md"
BETWEEN = "\x1e"  #: Printed between what is typed in one block and in the next.


def told(text: str) -> list[str]:
    return text.strip().splitlines()


def test_a_new_user_can_type_the_way_from_a_sample_to_a_format(tmp_path: Path) -> None:
    blocks = re.findall(
        r"^```bash\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    between = f"printf {BETWEEN!r}\n"
    script = "exec 2>&1\nset -euo pipefail\n" + "".join(typed + between for typed, _ in blocks)

    typed = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert typed.returncode == 0, typed.stdout
    printed = typed.stdout.split(BETWEEN)
    assert [told(text) for text in printed[: len(blocks)]] == [told(expected) for _, expected in blocks]

"""`python -m supply.bill FILE`: a bill of materials (CycloneDX, JSON) of what a release installs, with its licences.

Made without a network, from `requirements/run.txt` with its hashes and from what is installed here, and checked by the
schema of CycloneDX before it is written. Fails with `SystemExit`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from supply.licences import REQUIREMENTS, ROOT, libraries

VERSION = SchemaVersion.V1_6


def bill() -> dict[str, Any]:
    """The bill. Raises `SystemExit` if it does not keep to the schema, or a library is not installed."""
    command = (
        "requirements", str(REQUIREMENTS), "--pyproject", str(ROOT / "pyproject.toml"), "--sv", VERSION.to_version(),
        "--of", "JSON", "--output-reproducible",
    )  # fmt: skip
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", *command], capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise SystemExit(made.stderr)
    document: dict[str, Any] = json.loads(made.stdout)
    licences = {library.name: library.licence for library in libraries()}
    for component in document["components"]:
        component["licenses"] = [{"expression": licences[component["name"].lower()]}]
    if wrong := JsonStrictValidator(VERSION).validate_str(json.dumps(document)):
        raise SystemExit(f"the bill does not keep to CycloneDX {VERSION.to_version()}: {wrong}")
    return document


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(bill(), indent=2) + "\n", encoding="utf-8")

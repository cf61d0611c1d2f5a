#!/usr/bin/env python3
"""exports.py EVENHAND IMAGE...: what readers written by others make of evenhand's exports. Runs those
that it finds: the Python packages cyclonedx-python-lib[json-validation], spdx-tools, sarif-tools and
lib4sbom (of the Python that runs this), and Sarif.Multitool of the npm package
@microsoft/sarif-multitool (its path in SARIF_MULTITOOL). Prints one line a reader, and a table."""
import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

warnings.simplefilter("ignore")


class Refused(Exception):
    """What a reader objects to."""


def demand(holds: bool, text: object) -> None:
    if not holds:
        raise Refused(str(text)[:300])


# -- readers: the file, the canonical report -> nothing, or Refused ------------------------------------

def cyclonedx_validator(path: Path, _report: dict) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(path.read_text())
    demand(error is None, error)


def cyclonedx_model(path: Path, report: dict) -> None:
    """Reads it into its own objects, checks references, counts what came over."""
    from cyclonedx.model.bom import Bom
    bom = Bom.from_json(json.loads(path.read_text()))
    bom.validate()
    wanted = {(c["name"], c["version"]) for c in report["facts"]["components"]}
    found = {(c.name, c.version) for c in bom.components if str(c.bom_ref.value).startswith("component-")}
    demand(wanted == found, "components got lost")


def sbom_reader(path: Path, report: dict) -> None:
    """A reader of both SBOM formats."""
    from lib4sbom.parser import SBOMParser
    parser = SBOMParser()
    parser.parse_file(str(path))
    packages = parser.get_packages()
    names = {p["name"] for p in packages}
    demand({c["name"] for c in report["facts"]["components"]} <= names, "components got lost")


def spdx_validator(path: Path, report: dict) -> None:
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
    document = parse_file(str(path))
    messages = validate_full_spdx_document(document)
    demand(not messages, messages[:2])
    demand(sum(p.spdx_id.startswith("SPDXRef-component-") for p in document.packages) ==
           len(report["facts"]["components"]), "components got lost")


def sarif_reader(path: Path, report: dict) -> None:
    from sarif import loader
    data = loader.load_sarif_file(str(path))
    fails = sum(v["outcome"] == "fail" for v in report["verdicts"])
    found = {r["ruleId"] for r in data.get_results() if r["level"] == "error"}
    demand(len(found) == fails, "failures got lost")


def sarif_multitool(path: Path, _report: dict) -> None:
    tool = os.environ.get("SARIF_MULTITOOL")
    if not tool:
        raise ImportError("SARIF_MULTITOOL")
    done = subprocess.run([tool, "validate", path, "--level", "Error;Warning"], capture_output=True,
                          text=True, check=False)
    found = re.findall(r"(?:error|warning) (SARIF\d+): (.*)", done.stdout + done.stderr)
    # evenhand has no address on the web that it could name.
    found = [f for f in found if f[0] != "SARIF2005"]
    demand(not found and done.returncode == 0, found[:2] or done.stderr)


READERS = [
    ("CycloneDX", "cdx.json", "cyclonedx-python-lib, strict validator", cyclonedx_validator),
    ("CycloneDX", "cdx.json", "cyclonedx-python-lib, read into its model", cyclonedx_model),
    ("CycloneDX", "cdx.json", "lib4sbom", sbom_reader),
    ("SPDX", "spdx.json", "spdx-tools, full validation", spdx_validator),
    ("SPDX", "spdx.json", "lib4sbom", sbom_reader),
    ("SARIF", "sarif", "sarif-tools", sarif_reader),
    ("SARIF", "sarif", "Sarif.Multitool, errors and warnings", sarif_multitool),
]


def scan(evenhand: str, image: Path, folder: Path) -> dict | None:
    outputs = [x for e in ("json", "cdx.json", "spdx.json", "sarif") for x in ("-o", folder / f"r.{e}")]
    subprocess.run([evenhand, "scan", "--quiet", *outputs, image], check=False, capture_output=True)
    path = folder / "r.json"
    return json.loads(path.read_text()) if path.exists() else None


def main() -> None:
    evenhand, images = sys.argv[1], [Path(a) for a in sys.argv[2:]]
    count: dict[tuple[str, str], list[int]] = {}
    missing: set[str] = set()
    for image in images:
        with tempfile.TemporaryDirectory() as name:
            report = scan(evenhand, image, Path(name))
            for form, ending, reader, run in READERS if report else []:
                key = (form, reader)
                count.setdefault(key, [0, 0])
                try:
                    with contextlib.redirect_stdout(io.StringIO()):
                        run(Path(name) / f"r.{ending}", report)
                    count[key][0] += 1
                except ImportError:
                    missing.add(reader)
                except Exception as why:  # a reader of others may fail in any way
                    count[key][1] += 1
                    print(f"{image}: {form}: {reader}: {why!r}"[:400])
    print("| format | reader | read | refused |\n| --- | --- | --- | --- |")
    for form, _, reader, _ in READERS:
        good, bad = count.get((form, reader), (0, 0))
        print(f"| {form} | {reader} | " +
              ("not here | |" if reader in missing else f"{good} | {bad} |"))


main()

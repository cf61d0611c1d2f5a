#!/usr/bin/env python3
"""exports.py [IMAGE...]: CycloneDX, SPDX, SARIF and OpenVEX hold to the schemas that their publishers
give (tests/schemas), and mean what the canonical report says. Without arguments one sample a folder,
all of those with components and keys, and the documents that the unit test of exports makes up;
"all" is every sample. EVENHAND names the program."""
import functools
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import uuid
import warnings
from pathlib import Path

try:
    import jsonschema
except ImportError:
    print("skip python3-jsonschema is not installed")
    sys.exit(0)

from support import RELEASE, ROOT, SAMPLE, check, end

EVENHAND = os.environ.get("EVENHAND", RELEASE)
SCHEMAS = ROOT / "tests/schemas"
NO_IMAGE = {".md", ".sh", ".txt", ".py", ".json"}
ENDINGS = ("cdx.json", "spdx.json", "sarif", "vex.json")
SCHEMA_OF = {"cdx.json": "bom-1.6", "spdx.json": "spdx-2.3", "sarif": "sarif-2.1.0",
             "vex.json": "openvex-0.2.0"}
KIND = {"fail": "fail", "review": "review", "not-evaluable": "open", "pass": "pass",
        "not-applicable": "notApplicable"}
MOST_RESULTS = 1000


class Wrong(Exception):
    """What a document breaks."""


def demand(holds: bool, text: object) -> None:
    if not holds:
        raise Wrong(text)


@functools.cache
def validator(ending: str):
    """The published schema; what it refers to lies beside it, so that nothing is fetched."""
    warnings.simplefilter("ignore", DeprecationWarning)
    schema = json.loads((SCHEMAS / f"{SCHEMA_OF[ending]}.schema.json").read_text())
    base = "http://cyclonedx.org/schema/"
    store = {base + name: json.loads((SCHEMAS / name).read_text())
             for name in ("spdx.schema.json", "jsf-0.82.schema.json")}
    kind = jsonschema.validators.validator_for(schema)
    identity = schema.get("$id", schema.get("id", ""))
    resolver = jsonschema.RefResolver(identity, schema, store=store)
    return kind(schema, resolver=resolver, format_checker=jsonschema.FormatChecker())


def hold_to_schema(ending: str, document: dict) -> None:
    for error in validator(ending).iter_errors(document):
        raise Wrong(f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")


def identifier(kind: str, digest: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"evenhand:{kind}:sha256:{digest}"))


def unique(values: list, what: str) -> set:
    found = set(values)
    demand(len(found) == len(values), f"{what} stand twice: "
           f"{[v for v in values if values.count(v) > 1][:3] if len(values) < 5000 else ''}")
    return found


# -- CycloneDX ---------------------------------------------------------------------------------------

def crypto_refs(component: dict) -> list[str]:
    properties = component.get("cryptoProperties", {})
    return [value for part in properties.values() if isinstance(part, dict)
            for key, value in part.items() if key.endswith("Ref")]


def check_cdx(bom: dict, report: dict, digest: str) -> None:
    components = bom["components"]
    metadata = bom["metadata"]
    refs = unique([c["bom-ref"] for c in components] + ["image", "evenhand"] +
                  [v["bom-ref"] for v in bom.get("vulnerabilities", [])], "bom-refs")
    demand(bom["serialNumber"] == "urn:uuid:" + identifier("cyclonedx", digest), "serial number")
    used = [r for d in bom["dependencies"] for r in [d["ref"], *d["dependsOn"]]]
    used += [r for c in components for r in crypto_refs(c)]
    used += [a["ref"] for v in bom.get("vulnerabilities", []) for a in v["affects"]]
    used += [r for c in bom["compositions"] for r in c["assemblies"]]
    demand(set(used) <= refs, f"refers to nothing: {sorted(set(used) - refs)[:3]}")
    unique([d["ref"] for d in bom["dependencies"]], "dependencies")
    hashes = {h["alg"]: h["content"] for h in metadata["component"]["hashes"]}
    demand(hashes == {"SHA-256": report["image"]["sha256"], "SHA-512": report["image"]["sha512"]},
           "hashes of the image")
    demand(("timestamp" in metadata) == (report["tool"]["options"]["as_of"] is not None),
           "a time that nobody gave")
    check_cdx_components(components, report)
    gaps = any(n["state"] not in ("understood", "padding") for n in report["nodes"])
    demand(gaps or bom["compositions"][0]["aggregate"] == "unknown", "incomplete without a gap")


def check_cdx_components(components: list[dict], report: dict) -> None:
    facts = report["facts"]
    known = {n["locator"]: n for n in report["nodes"]}
    for one, name in (("component", "components"), ("key", "keys"), ("certificate", "certificates")):
        wanted = [f"{one}-{i}" for i in range(len(facts[name]))]
        demand([c["bom-ref"] for c in components
                if re.fullmatch(one + r"-\d+", c["bom-ref"])] == wanted, f"not all {name}")
    for c in components:
        for o in c["evidence"]["occurrences"]:
            node = known.get(o["location"])
            demand(node is not None, f"no such place: {o['location']}")
            demand(o.get("additionalContext", "").removeprefix("sha256:") == node.get("sha256", ""),
                   "a digest of something else")
        for i in c["evidence"].get("identity", []):
            demand(0 < i["confidence"] <= 1, "confidence")
            if re.fullmatch(r"component-\d+", c["bom-ref"]):
                by_name = facts["components"][int(c["bom-ref"][10:])]["source"] == "filename"
                demand((i["methods"][0]["technique"] == "filename") == by_name, "technique of what a name tells")
        demand(re.match(r"pkg:[a-z][a-z0-9.+-]*/[!-~]+$", c.get("purl", "pkg:a/b")),
               f"purl {c.get('purl')}")
        demand(re.match(r"cpe:2\.3:[aho](:[^: ]([^:\\]|\\.)*){10}$", c.get("cpe", "cpe:2.3:a" + 10 * ":*")),
               f"cpe {c.get('cpe')}")


# -- SPDX --------------------------------------------------------------------------------------------

def check_spdx(document: dict, report: dict, digest: str) -> None:
    packages = document["packages"]
    ids = unique([p["SPDXID"] for p in packages] + ["SPDXRef-DOCUMENT"], "SPDXIDs")
    demand(all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", i) for i in ids), "characters of SPDXIDs")
    demand(document["documentNamespace"].endswith(identifier("spdx", digest)), "namespace")
    links = [(r["spdxElementId"], r["relatedSpdxElement"]) for r in document["relationships"]]
    demand({i for pair in links for i in pair} <= ids, "a relationship to nothing")
    reached, more = {"SPDXRef-DOCUMENT"}, True
    while more:
        further = {b for a, b in links if a in reached} - reached
        reached |= further
        more = bool(further)
    demand(reached == ids, f"not reached: {sorted(ids - reached)[:3]}")
    image = next(p for p in packages if p["SPDXID"] == "SPDXRef-image")
    demand(image["checksums"][0]["checksumValue"] == report["image"]["sha256"], "image digest")
    demand(sum(p["SPDXID"].startswith("SPDXRef-component-") for p in packages) ==
           len(report["facts"]["components"]), "not all components")
    digests = {f"SPDXRef-file-{n['id']}": n.get("sha256") for n in report["nodes"]}
    for p in packages:
        if p["SPDXID"] in digests:
            found = p.get("checksums", [{"checksumValue": None}])[0]["checksumValue"]
            demand(found == digests[p["SPDXID"]], f"digest of {p['SPDXID']}")
    extracted = {x["licenseId"] for x in document.get("hasExtractedLicensingInfos", [])}
    named = set(re.findall(r"LicenseRef-[A-Za-z0-9.-]+",
                           " ".join(p["licenseDeclared"] for p in packages)))
    demand(extracted == named, "licences that are not explained")


# -- SARIF -------------------------------------------------------------------------------------------

def check_artifacts(run: dict, report: dict) -> None:
    known = {n["locator"]: n for n in report["nodes"]}
    artifacts = run["artifacts"]
    unique([a["location"]["uri"] for a in artifacts], "artifacts")
    for i, a in enumerate(artifacts):
        uri = a["location"]["uri"]
        demand(re.fullmatch(r"[A-Za-z0-9._~!@/%-]+", uri), f"no relative URI: {uri}")
        demand(not {".", ".."} & set(uri.split("/")), f"a way through folders: {uri}")
        node = known.get(urllib.parse.unquote(uri) if i else "")
        demand(node is not None, f"no such place: {uri}")
        demand(a["length"] == node["size"], f"length of {uri}")
        demand(a.get("hashes", {}).get("sha-256") == node.get("sha256"), f"digest of {uri}")
        demand(i == 0 or a["parentIndex"] < i, f"parent of {uri}")


def check_suppressions(result: dict, verdict: dict, report: dict) -> None:
    """In all results of a run or in none: in all where a declaration was given."""
    excepted = [(x["kind"], x["status"], x["justification"]) for x in result.get("suppressions", [])]
    wanted = [("external", "accepted", verdict["exception"]["reason"])] if "exception" in verdict else []
    demand(excepted == wanted, f"suppressions of {verdict['check']}")
    demand(("suppressions" in result) == (report["tool"]["declaration"] is not None), "suppressions in some results")


def check_results(run: dict, report: dict) -> None:
    rules, artifacts = run["tool"]["driver"]["rules"], run["artifacts"]
    verdicts = {v["check"]: v for v in report["verdicts"]}
    demand([r["id"] for r in rules] == list(verdicts), "rules are not the checks")
    count: dict[str, int] = dict.fromkeys(verdicts, 0)
    for r in run["results"]:
        v = verdicts[r["ruleId"]]
        count[r["ruleId"]] += 1
        demand(rules[r["ruleIndex"]]["id"] == r["ruleId"], "rule index")
        demand(r["kind"] == KIND[v["outcome"]], f"kind of {r['ruleId']}")
        demand((r["level"] == "error") == (r["kind"] == "fail"), "level and kind")
        check_suppressions(r, v, report)
        place = r["locations"][0]["physicalLocation"]
        artifact = artifacts[place["artifactLocation"]["index"]]
        demand(artifact["location"]["uri"] == place["artifactLocation"]["uri"], "artifact index")
        region, length = place["region"], artifact["length"]
        demand(region["byteOffset"] + region["byteLength"] <= length or not length, "region")
        demand(not re.search(r"(?<!\\)\[.*\]\(", r["message"]["text"]), "a link in a message")
    unique([r["partialFingerprints"]["evenhandFinding/v1"] for r in run["results"]], "fingerprints")
    for name, v in verdicts.items():
        places = {(e["node"], e["offset"], e["length"]) for e in v["evidence"][:MOST_RESULTS]}
        wanted = max(len(places), 1) if v["outcome"] in ("fail", "review") else 1
        demand(count[name] == wanted, f"{count[name]} results of {name}, not {wanted}")


def check_taxonomies(run: dict, report: dict) -> None:
    taxonomies = run["taxonomies"]
    supported = run["tool"]["driver"]["supportedTaxonomies"]
    demand([(s["name"], s["index"]) for s in supported] ==
           [(t["name"], i) for i, t in enumerate(taxonomies)], "supported taxonomies")
    for rule in run["tool"]["driver"]["rules"]:
        for r in rule["relationships"]:
            taxonomy = taxonomies[r["target"]["toolComponent"]["index"]]
            demand(taxonomy["name"] == r["target"]["toolComponent"]["name"], "taxonomy")
            demand(taxonomy["taxa"][r["target"]["index"]]["id"] == r["target"]["id"], "taxon")
    listed = {(t["name"], x["id"]) for t in taxonomies for x in t["taxa"]}
    demand({(r["catalogue"], r["id"]) for r in report["not_evaluable_requirements"]} <= listed,
           "requirements that are not listed")


def check_sarif(log: dict, report: dict, digest: str) -> None:
    run = log["runs"][0]
    demand(run["automationDetails"]["guid"] == identifier("sarif", digest), "guid")
    check_artifacts(run, report)
    check_results(run, report)
    check_taxonomies(run, report)
    notices = run["invocations"][0]["toolExecutionNotifications"]
    gaps = [n for n in notices if n["descriptor"]["id"] == "gap"]
    demand(len(gaps) == min(len(report["gaps"]), 1000), "gaps")


# -- OpenVEX -----------------------------------------------------------------------------------------

STATUS = {"affected": "affected", "fixed": "fixed", "not-affected": "not_affected",
          "under-investigation": "under_investigation"}


def check_vex(document: dict, report: dict, digest: str) -> None:
    demand(document["@id"] == "urn:uuid:" + identifier("openvex", digest), "@id")
    facts = report["facts"]["vulnerabilities"]
    demand([(s["vulnerability"]["name"], s["status"]) for s in document["statements"]] ==
           [(f["vulnerability"], STATUS[f["status"]]) for f in facts], "statements")
    for s in document["statements"]:
        demand(s["products"][0]["hashes"]["sha-256"] == report["image"]["sha256"], "product")


MEANING = {"cdx.json": check_cdx, "spdx.json": check_spdx, "sarif": check_sarif, "vex.json": check_vex}


def check_folder(folder: Path) -> None:
    """r.json and the exports beside it."""
    raw = (folder / "r.json").read_bytes()
    report, digest = json.loads(raw), hashlib.sha256(raw).hexdigest()
    for ending in ENDINGS:
        path = folder / f"r.{ending}"
        if ending == "vex.json" and not report["facts"].get("vulnerabilities"):
            demand(not path.exists(), "OpenVEX without a statement")
            continue
        document = json.loads(path.read_text(encoding="utf-8"))
        try:
            hold_to_schema(ending, document)
            MEANING[ending](document, report, digest)
        except Wrong as wrong:
            raise Wrong(f"{ending}: {wrong}") from None


def scan(image: Path, folder: Path, *options: str) -> None:
    outputs = [x for e in ("json", *ENDINGS) for x in ("-o", folder / f"r.{e}")]
    done = subprocess.run([EVENHAND, "scan", "--quiet", *options, *outputs, image], check=False,
                          capture_output=True)
    demand(done.returncode in (0, 1, 3), f"exit {done.returncode}: {done.stderr[:300]!r}")


def check_image(image: Path) -> None:
    what = f"exports of {image} hold to their schemas and to the report"
    with tempfile.TemporaryDirectory() as folder:
        try:
            scan(image, Path(folder))
            check_folder(Path(folder))
            check(what, True)
        except (Wrong, ValueError, KeyError) as wrong:
            check(what, False, repr(wrong))


def check_same(image: Path) -> None:
    """The same whatever the number of threads; the date that is given is the only time."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        for folder, jobs in ((one, "1"), (two, "4")):
            scan(image, Path(folder), "--jobs", jobs, "--as-of", "2026-02-28")
        same = [e for e in ENDINGS[:3]
                if (Path(one) / f"r.{e}").read_bytes() == (Path(two) / f"r.{e}").read_bytes()]
        check("exports do not depend on the number of threads", len(same) == 3, same)
        bom = json.loads((Path(one) / "r.cdx.json").read_text())
        spdx = json.loads((Path(one) / "r.spdx.json").read_text())
        check("exports carry the date that was given",
              bom["metadata"]["timestamp"] == spdx["creationInfo"]["created"] ==
              "2026-02-28T00:00:00Z")
        done = subprocess.run([EVENHAND, "scan", "--quiet", "--as-of", "2026-02-30", image],
                              capture_output=True, check=False)
        check("a day that no month has is no date", done.returncode == 2)


def check_excepted(image: Path) -> None:
    """Some verdicts are excepted, the others are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scan(image, folder)
        failed = [v["check"] for v in json.loads((folder / "r.json").read_text())["verdicts"]
                  if v["outcome"] == "fail" and v["evidence"]]
        rows = "".join(f"  - check: {c}\n    reason: 'for \"us\"'\n    owner: the lab\n    expires: 2027-01-31\n"
                       for c in failed[:2])
        declaration = folder / "declaration.yaml"
        declaration.write_text("schema: evenhand-declaration/1\nexceptions:\n" + rows)
        scan(image, folder, "--declaration", str(declaration), "--as-of", "2027-01-01")
        try:
            check_folder(folder)
            results = json.loads((folder / "r.sarif").read_text())["runs"][0]["results"]
            check("exceptions are suppressions in SARIF",
                  {r["ruleId"] for r in results if r["suppressions"]} == set(failed[:2]), failed)
        except (Wrong, ValueError, KeyError) as wrong:
            check("exceptions are suppressions in SARIF", False, repr(wrong))


def check_made_up() -> None:
    """What no sample has, vulnerabilities among them: the unit test writes it."""
    program = ROOT / "build/plain/tests/unit/report/exports"
    if not program.exists():
        print("skip the unit test of exports is not built")
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program], cwd=ROOT, check=True, capture_output=True,
                       env={**os.environ, "EVENHAND_EXPORTS": folder})
        for part in sorted(Path(folder).iterdir()):
            try:
                check_folder(part)
                check(f"made up: {part.name} holds to schemas and report", True)
            except (Wrong, ValueError, KeyError) as wrong:
                check(f"made up: {part.name} holds to schemas and report", False, repr(wrong))


# Where samples are about what is exported.
WHOLE = ("component", "keys", "signature", "rpm")


def samples(every: bool) -> list[Path]:
    files = [*ROOT.glob("tests/samples/**/*"), *ROOT.glob("samples/*.bin")]
    images = sorted(f for f in files if f.is_file() and f.suffix not in NO_IMAGE
                    and f.name != "README")
    first = {f.parent: f for f in reversed(images)}
    return [f for f in images if every or f.parent.name in WHOLE or first[f.parent] == f]


def main() -> None:
    images = [Path(a) for a in sys.argv[1:] if a != "all"]
    for image in images or samples("all" in sys.argv[1:]):
        check_image(image)
    if not images:
        check_same(SAMPLE)
        check_excepted(SAMPLE)
        check_made_up()
    end()


main()

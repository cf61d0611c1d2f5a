#!/usr/bin/env python3
"""--feed, --vex and knowledge import: what published feeds say of the sample's components, what a VEX
changes, that an index says the same as the files it was made of, and what is refused."""
import gzip
import hashlib
import json
import os
import tempfile
from pathlib import Path

from support import ROOT, SAMPLE, SANITIZED, check, end, report, run

FEEDS = ROOT / "tests/samples/feeds"
NVD, KEV, OSV = FEEDS / "nvd.json", FEEDS / "kev.json", FEEDS / "osv.zip"


def stated(r: dict) -> dict[tuple[str, str], dict]:
    components = r["facts"]["components"]
    return {(components[v["component"]]["name"], v["vulnerability"]): v for v in r["facts"]["vulnerabilities"]}


def outcome(r: dict, name: str) -> tuple[str, str]:
    return next((v["outcome"], v["reason"]) for v in r["verdicts"] if v["check"] == name)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def feeds_say() -> None:
    code, r, _ = report(SAMPLE, "--feed", NVD, "--feed", KEV)
    said = {k: v["status"] for k, v in stated(r).items()}
    check("a range that holds the version", said.get(("busybox", "CVE-2022-28391")) == "affected", said)
    check("a range that ends before it, with a fix", said.get(("dropbear", "CVE-2099-0001")) == "fixed")
    check("a range that ends before it, without", ("dropbear", "CVE-2021-36369") not in said)
    check("only on some hardware", said.get(("dropbear", "CVE-2099-0002")) == "under-investigation")
    check("with a component that is there", said.get(("zlib", "CVE-2099-0003")) == "affected")
    check("rejected records say nothing", ("zlib", "CVE-2099-0004") not in said)
    check("disputed ones leave it open", said.get(("zlib", "CVE-2099-0005")) == "under-investigation")
    check("records without configurations say nothing", not any(i == "CVE-2099-0006" for _, i in said))
    check("what is exploited is named", stated(r)[("glibc", "CVE-2023-4911")]["exploited"])
    check("and fails", outcome(r, "SBOM-05") == ("fail", None) and code == 1)
    check("the others are for review", outcome(r, "SBOM-06") == ("review", None))
    check("the report names each feed by digest",
          [(f["format"], f["sha256"]) for f in r["tool"]["feeds"]]
          == sorted([("nvd", digest(NVD)), ("kev", digest(KEV))], key=lambda f: f[1]))
    why = stated(r)[("glibc", "CVE-2023-4911")]
    check("the reason is the range", (why["why"], why["fixed_in"]) == ("2.34 <= 2.36 < 2.39", "2.39"), why)


def without() -> None:
    _, r, _ = report(SAMPLE)
    check("without a feed nothing is stated", not r["facts"]["vulnerabilities"] and not r["tool"]["feeds"])
    check("and nothing judged", outcome(r, "SBOM-05") == outcome(r, "SBOM-06") == ("not-evaluable", "no-data-table"))
    _, r, _ = report(SAMPLE, "--feed", KEV)
    check("KEV alone has no versions", outcome(r, "SBOM-05") == ("not-evaluable", "no-data-table"))


def vex() -> None:
    path = FEEDS / "openvex.json"
    _, r, _ = report(SAMPLE, "--feed", NVD, "--vex", path)
    v = stated(r)
    one = v[("busybox", "CVE-2022-28391")]
    check("a VEX decides, and the report shows what it would be without",
          (one["status"], one["without_vex"]) == ("not-affected", "affected"), one)
    check("its reason is shown", "vulnerable_code_not_present" in one["why"], one["why"])
    check("of another image it says nothing", v[("libtommath", "CVE-2023-36328")]["without_vex"] is None)
    check("what no feed states comes from it alone", v[("zlib", "CVE-2099-3001")]["without_vex"] == "not-stated")
    check("its digest stands in the options", r["tool"]["options"]["vex"] == [digest(path)])
    _, r, _ = report(SAMPLE, "--feed", NVD, "--vex", FEEDS / "cyclonedx.json")
    one = stated(r)[("busybox", "CVE-2022-28391")]
    check("CycloneDX does the same", (one["status"], one["without_vex"]) == ("not-affected", "affected"), one)


def of_this_image(folder: Path) -> None:
    """A VEX that names the image by its digest."""
    document = json.loads((FEEDS / "openvex.json").read_text())
    product = document["statements"][2]["products"][0]
    product["hashes"]["sha-256"] = digest(SAMPLE).upper()
    document["statements"].append({"vulnerability": {"name": "CVE-2023-4911"}, "status": "fixed",
                                   "products": [{"@id": "urn:x", "hashes": {"sha-256": digest(SAMPLE)}}]})
    path = folder / "vex.json"
    path.write_text(json.dumps(document))
    _, r, _ = report(SAMPLE, "--feed", NVD, "--vex", path)
    v = stated(r)
    check("a part of this image", v[("libtommath", "CVE-2023-36328")]["status"] == "not-affected")
    check("all of this image", v[("glibc", "CVE-2023-4911")]["status"] == "fixed")


def backported(folder: Path) -> None:
    """A system of Debian 11 whose package has the fix that its upstream version does not show."""
    root = folder / "root"
    for name, content in (
            ("etc/os-release", b'NAME="Debian GNU/Linux"\nVERSION_ID="11"\nID=debian\n'),
            ("var/lib/dpkg/status", b"Package: libssl1.1\nStatus: install ok installed\nSource: openssl\n"
                                    b"Version: 1.1.1n-0+deb11u4\n"),
            ("usr/lib/libcrypto.so.1.1", b"\x7fELF" + bytes(100) + b"\0OpenSSL 1.1.1n  15 Mar 2022\0")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    upstream = folder / "upstream.json"
    match = {"vulnerable": True, "criteria": "cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*", "versionEndExcluding": "1.1.1t"}
    upstream.write_text(json.dumps({"vulnerabilities": [
        {"cve": {"id": f"CVE-2099-{n}", "vulnStatus": "Analyzed", "configurations": [{"nodes": [
            {"operator": "OR", "cpeMatch": [match]}]}]}} for n in (1001, 1003)]}))
    _, r, _ = report(root, "--feed", upstream)
    said = {k: v["status"] for k, v in stated(r).items()}
    check("upstream's range alone", said == {("openssl", "CVE-2099-1001"): "affected",
                                             ("openssl", "CVE-2099-1003"): "affected"}, said)
    _, r, _ = report(root, "--feed", upstream, "--feed", OSV)
    v = stated(r)
    check("the package's fix is honoured", v[("openssl", "CVE-2099-1001")]["status"] == "fixed"
          and "1.1.1n-0+deb11u4" in v[("openssl", "CVE-2099-1001")]["why"], v)
    check("and what is not mended stays", v[("openssl", "CVE-2099-1003")]["status"] == "affected")
    check("the package itself is named", v[("libssl1.1", "CVE-2099-1002")]["fixed_in"] == "1.1.1n-0+deb11u4")


def packed(folder: Path) -> None:
    path = folder / "nvd.json.gz"
    path.write_bytes(gzip.compress(NVD.read_bytes(), mtime=0))
    _, plain, _ = report(SAMPLE, "--feed", NVD)
    _, gz, _ = report(SAMPLE, "--feed", path)
    check("a .gz says the same", plain["facts"] == gz["facts"])
    check("and has its own digest", gz["tool"]["feeds"][0]["sha256"] == digest(path))
    _, a, one = report(SAMPLE, "--feed", NVD, "--feed", KEV, "--feed", OSV, "--jobs", 1)
    _, b, two = report(SAMPLE, "--feed", OSV, "--feed", KEV, "--feed", NVD, "--feed", NVD, "--jobs", 3)
    check("order, repetition and threads do not matter", one == two and len(a["tool"]["feeds"]) == 3)
    if SANITIZED.exists():
        _, _, three = report(SAMPLE, "--feed", NVD, "--feed", KEV, "--feed", OSV, program=SANITIZED)
        check("nor does the build", one == three)


def imported(folder: Path) -> None:
    index = folder / "feeds.index"
    done = run("knowledge", "import", NVD, KEV, OSV, "-o", index, "--quiet")
    check("import writes an index", done.returncode == 0 and index.exists(), done.stderr)
    _, plain, _ = report(SAMPLE, "--feed", NVD, "--feed", KEV, "--feed", OSV)
    _, r, _ = report(SAMPLE, "--feed", index)
    check("a scan with it says the same", plain["facts"] == r["facts"] and plain["verdicts"] == r["verdicts"])
    check("and names the same feeds",
          [f["sha256"] for f in plain["tool"]["feeds"]] == [f["sha256"] for f in r["tool"]["feeds"]])
    check("and the index", all(f["index"] for f in r["tool"]["feeds"])
          and not any(f["index"] for f in plain["tool"]["feeds"]))
    data = bytearray(index.read_bytes())
    data[-100] ^= 1
    (folder / "bad.index").write_bytes(data)
    refused = run("scan", "--quiet", "--feed", folder / "bad.index", SAMPLE)
    check("a damaged index is no base for a report", refused.returncode == 2 and b"damaged" in refused.stderr,
          refused.stderr)
    data[45] ^= 1
    (folder / "bad.index").write_bytes(data)
    refused = run("scan", "--quiet", "--feed", folder / "bad.index", SAMPLE)
    check("nor is one with another head", refused.returncode == 2 and b"digest" in refused.stderr, refused.stderr)
    again = run("knowledge", "import", index, "-o", folder / "x.index", "--quiet")
    check("an index is not imported", again.returncode == 2 and b"index already" in again.stderr)
    other = folder / "other.index"
    run("knowledge", "import", NVD, "-o", other, "--quiet")
    _, _, one = report(SAMPLE, "--feed", index, "--feed", other)
    _, _, two = report(SAMPLE, "--feed", other, "--feed", index)
    check("of two indexes with one feed the same is named in either order", one == two)


def refused(folder: Path) -> None:
    cut = folder / "cut.json"
    cut.write_bytes(NVD.read_bytes()[:9000])
    other = folder / "other.json"
    other.write_text('{"hello": [1, 2, 3]}')
    for path, word in ((cut, b"cannot be read as a feed"), (other, b"no feed"), (folder / "none", b"no such file")):
        for command in (("scan", "--quiet", "--feed", path, SAMPLE), ("scan", "--quiet", "--vex", path, SAMPLE),
                        ("knowledge", "import", path, "-o", folder / "y.index", "--quiet")):
            done = run(*command)
            check(f"{command[0]} refuses {path.name}", done.returncode == 2 and word in done.stderr, done.stderr)
    check("nothing was left behind", not [p for p in os.listdir(folder) if "y.index" in p])


def listed() -> None:
    out = run("knowledge").stdout.decode()
    version = run("version").stdout.decode()
    check("knowledge lists its tables with rows and digests",
          "requirements: " in out and "rows, for judging" in out and out.count("sha256") >= 5)
    check("and where they come from", out.count("provenance: ") >= 3)
    check("and the digests of version", all(d in out for d in version.split() if len(d) == 64))


def main() -> None:
    feeds_say()
    without()
    vex()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        of_this_image(folder)
        backported(folder)
        packed(folder)
        imported(folder)
        refused(folder)
    listed()
    end()


main()

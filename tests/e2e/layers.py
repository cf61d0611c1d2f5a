#!/usr/bin/env python3
"""Images of containers: layers are merged as `umoci unpack` merges them, whose result for these cases
stands here; what names too much, or what is not there, is said."""
import gzip
import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

from support import check, end, report

# kind, path, then content and mode, or a link's target
LAYERS = [
    [("d", "./"), ("d", "usr"), ("d", "usr/lib"), ("l", "lib", "usr/lib"), ("l", "abs", "/usr"),
     ("f", "usr/lib/libc", "libc"), ("d", "gone"), ("f", "gone/a", "1"), ("d", "gone/deep"),
     ("f", "gone/deep/b", "2"), ("d", "opaque"), ("f", "opaque/old", "old"), ("d", "opaque/olddir"),
     ("f", "opaque/olddir/x", "x"), ("f", "file", "file to directory"), ("d", "dir"),
     ("f", "dir/x", "directory to file"), ("l", "link", "usr"), ("f", "first", "shared", 0o4755),
     ("f", "changed", "before"), ("c", "null"), ("p", "pipe"), ("f", "again", "1")],
    [("f", "lib/libm", "through a link"), ("f", "abs/lib/libz", "through an absolute link"),
     ("f", ".wh.gone", ""), ("f", "opaque/.wh..wh..opq", ""), ("d", "opaque"), ("f", "opaque/new", "new"),
     ("d", "file"), ("f", "file/inside", "inside"), ("f", "dir", "now a file"), ("d", "link"),
     ("f", "link/own", "own"), ("h", "second", "first"), ("f", "changed", "after", 0o600),
     ("d", "made/by/path"), ("f", "made/by/path/x", "x")],
    [("f", ".wh.again", ""), ("f", "opaque/more", "more"), ("h", "third", "second"), ("f", ".wh.first", "")],
    [("f", "again", "2"), ("d", "usr/lib"), ("f", "usr/lib/.wh.libz", ""), ("d", "gone"), ("f", "gone/c", "3")],
]
MERGED = {
    "": "directory", "/abs": "/usr", "/again": b"2", "/changed": b"after", "/dir": b"now a file",
    "/file": "directory", "/file/inside": b"inside", "/gone": "directory", "/gone/c": b"3", "/lib": "usr/lib",
    "/link": "directory", "/link/own": b"own", "/made": "directory", "/made/by": "directory",
    "/made/by/path": "directory", "/made/by/path/x": b"x", "/null": "char-device", "/opaque": "directory",
    "/opaque/more": b"more", "/opaque/new": b"new", "/pipe": "fifo", "/second": b"shared", "/third": b"shared",
    "/usr": "directory", "/usr/lib": "directory", "/usr/lib/libc": b"libc", "/usr/lib/libm": b"through a link",
}
TYPES = {"d": tarfile.DIRTYPE, "f": tarfile.REGTYPE, "l": tarfile.SYMTYPE, "h": tarfile.LNKTYPE,
         "c": tarfile.CHRTYPE, "p": tarfile.FIFOTYPE}


def pack(members) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for kind, name, *rest in members:
            member, content = tarfile.TarInfo(name), b""
            member.type, member.mode, member.uid, member.gid = TYPES[kind], 0o755, 700, 80
            if kind == "f":
                content = rest[0] if isinstance(rest[0], bytes) else rest[0].encode()
                member.size, member.mode = len(content), rest[1] if len(rest) > 1 else 0o644
            elif kind in "lh":
                member.linkname = rest[0]
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def saved(layers, manifest) -> bytes:
    """As `docker save` writes it."""
    return pack([("f", f"{i}/layer.tar", layer) for i, layer in enumerate(layers)]
                + [("f", "manifest.json", json.dumps(manifest))])


def layout(layers, change=lambda index: index, spoil=lambda blobs: None) -> bytes:
    """An OCI layout: layers plain, by gzip and by zstd in turn."""
    blobs = {}

    def put(content: bytes) -> dict:
        digest = hashlib.sha256(content).hexdigest()
        blobs[digest] = content
        return {"digest": "sha256:" + digest, "size": len(content)}

    packers = [lambda b: (b, ""), lambda b: (gzip.compress(b), "+gzip"),
               lambda b: (subprocess.run(["zstd", "-qc"], input=b, stdout=subprocess.PIPE, check=True).stdout, "+zstd")]
    listed = []
    for i, layer in enumerate(layers):
        content, ending = packers[i % 3](layer)
        listed.append({"mediaType": "application/vnd.oci.image.layer.v1.tar" + ending, **put(content)})
    manifest = put(json.dumps({"schemaVersion": 2, "layers": listed}).encode())
    inner = put(json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode())
    index = {"schemaVersion": 2, "manifests": [
        {**inner}, {**manifest, "annotations": {"org.opencontainers.image.ref.name": "cases"}}]}
    spoil(blobs)
    return pack([("f", "oci-layout", '{"imageLayoutVersion":"1.0.0"}'),
                 ("f", "index.json", json.dumps(change(index)))]
                + [("f", f"blobs/sha256/{digest}", content) for digest, content in blobs.items()])


def scan(content: bytes) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image.tar"
        image.write_bytes(content)
        return report(image)[1]


def views(r: dict, twin: str = "") -> dict:
    """Paths of a view, and what each is."""
    found = {}
    for n in r["nodes"]:
        head, _, last = n["locator"].rpartition("!")
        path, _, number = last.partition("#")
        if head != "tar@0x0" or not path.startswith("/rootfs") or number != twin:
            continue
        what = n["target"] if n["kind"] == "symlink" else n["kind"]
        found[path[len("/rootfs"):]] = n.get("sha256") if n["kind"] == "hardlink" else what
    return found


def merging() -> None:
    layers = [pack(layer) for layer in LAYERS]
    want = {p: hashlib.sha256(w).hexdigest() if isinstance(w, bytes) else w for p, w in MERGED.items()}
    r = scan(layout(layers))
    check("layers are merged", views(r) == want, set(views(r).items()) ^ set(want.items()))
    check("an index in an index too", views(r, "1") == want)
    names = {n["locator"].rpartition("!")[2]: n for n in r["nodes"]}
    check("the view is named after its image", names["/rootfs#1"]["label"] == "merged layers of cases")
    check("a file has the mode of its layer", names["/rootfs/second"]["mode"] == "4755"
          and names["/rootfs/changed"]["mode"] == "0600")
    check("a file leads to its layer", names["/rootfs/changed"]["hardlink_of"].endswith("!gzip@0x0!tar@0x0!/changed"))
    check("what is hidden stays in its layer", any(n["locator"].endswith("tar@0x0!/gone/deep/b") for n in r["nodes"]))
    r = scan(saved(layers, [{"Config": "c", "RepoTags": ["a/b:c"], "Layers": [f"{i}/layer.tar" for i in range(4)]}]))
    check("docker-save is merged", views(r) == want)


def names_are_digests() -> None:
    """OCI image-layout.md: a blob is named by its digest. The first layer is exchanged for another."""
    layers = [pack(layer) for layer in LAYERS]
    first, other = hashlib.sha256(layers[0]).hexdigest(), pack([("f", "other", "content")])
    said = [n for n in scan(layout(layers))["nodes"] for f in n.get("faults", []) if "digest" in f["what"]]
    check("digests that are names hold", not said, said)
    r = scan(layout(layers, spoil=lambda blobs: blobs.update({first: other})))
    said = [(n["locator"], n["state"]) for n in r["nodes"] for f in n.get("faults", []) if "digest" in f["what"]]
    check("a blob that is another is said", said == [(f"tar@0x0!/blobs/sha256/{first}", "damaged")], said)
    check("and opened all the same", any(n["locator"].endswith("!tar@0x0!/other") for n in r["nodes"]))


def old_form(layer: bytes) -> bytes:
    """The same archive without the magic of POSIX: the form of UNIX v7."""
    out, at = bytearray(layer), 0
    while at + 512 <= len(out) and out[at]:
        size = int(out[at + 124:at + 135], 8)
        out[at + 257:at + 265] = bytes(8)
        out[at + 148:at + 156] = b" " * 8
        out[at + 148:at + 156] = b"%06o\0 " % sum(out[at:at + 512])
        at += 512 + (size + 511) // 512 * 512
    return bytes(out)


def layers_of_old_archives() -> None:
    layers = [old_form(pack([("f", "a", "1"), ("f", "b", "2")])), pack([("f", ".wh.a", ""), ("f", "c", "3")])]
    r = scan(saved(layers, [{"Layers": ["0/layer.tar", "1/layer.tar"]}]))
    check("the archive without magic is known", any(n["format"] == "tar-v7" for n in r["nodes"]))
    check("and merged", set(views(r)) == {"", "/b", "/c"} and not faults(r), (views(r), faults(r)))


def faults(r: dict) -> list:
    return [f["what"] for n in r["nodes"] for f in n.get("faults", [])]


def hostile() -> None:
    small = pack([("f", "a", "a"), ("l", "loop", "loop"), ("f", "loop/x", "x"), ("f", "../up", "up"), ("f", "..", "")])
    r = scan(saved([small], [{"Layers": ["0/layer.tar"]}]))
    check("a loop of links is said", "path in a layer" in faults(r), faults(r))
    check("nothing climbs above the root", set(views(r)) == {"", "/a", "/loop", "/up"}, views(r))
    r = scan(saved([small], [{"Layers": ["1/layer.tar", "0/layer.tar"]}]))
    check("a missing layer is said", "layer" in faults(r), faults(r))
    r = scan(saved([small], [{"Layers": ["0/layer.tar"]}] * 2000))
    check("images are limited", "images" in faults(r) or "layers used again" in faults(r), faults(r))
    r = scan(saved([small], [{"Layers": ["0/layer.tar"] * 5000}]))
    check("layers are limited", {"layers", "layers used again"} & set(faults(r)), faults(r))
    r = scan(layout([small], lambda index: {"manifests": index["manifests"] * 3000}))
    check("manifests are limited", {"manifests", "images"} & set(faults(r)), faults(r))
    r = scan(pack([("f", "manifest.json", '{"name": "no image"}'), ("f", "a", "a")]))
    check("another manifest.json is none", not views(r) and not faults(r), faults(r))


merging()
names_are_digests()
layers_of_old_archives()
hostile()
end()

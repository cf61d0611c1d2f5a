#!/usr/bin/env python3
"""Writes a small SquashFS of any version and byte order, for which no packer exists any more.

    make_squashfs.py OUT [--version 1..4] [--big] [--codec NAME] [--magic hsqs] [--checked]
                     [--plain-lengths] [--plain-tables] [--avm] [--tree whole|few|many] [--truth TRUTH.json]
                     [--lines TREE.txt]

Written from the structures in squashfs-tools' squashfs_fs.h and squashfs_compat.h alone, without a
look at our reader; unsquashfs reads what it writes of v1 to v3 in both orders and of v4 little-endian.
"""
import argparse
import hashlib
import json
import lzma
import struct
import zlib
from dataclasses import dataclass, field

METADATA = 8192
NO_FRAGMENT = 0xFFFFFFFF
TYPE_NAMES = {"dir": "directory", "char": "char-device", "block": "block-device"}
TYPES = {"dir": 1, "file": 2, "symlink": 3, "block": 4, "char": 5, "fifo": 6, "socket": 7}
PREFIXES = ("user.", "trusted.", "security.")


# -- codecs --------------------------------------------------------------------------

def raw_lzma(data: bytes, lc: int, lp: int, pb: int) -> bytes:
    """With an end mark, as liblzma writes it."""
    return lzma.compress(data, lzma.FORMAT_RAW, filters=[
        {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": lc, "lp": lp, "pb": pb}])


class LiteralCoder:
    """LZMA that knows no matches and writes no end mark: enough to be decoded."""

    def __init__(self, lc: int, lp: int, pb: int):
        self.lc, self.lp, self.pb = lc, lp, pb
        self.low, self.range, self.cache, self.pending, self.out = 0, 0xFFFFFFFF, 0, 1, bytearray()
        self.probs: dict = {}

    def shift(self) -> None:
        if self.low < 0xFF000000 or self.low >> 32:
            for i in range(self.pending):
                self.out.append((self.cache if i == 0 else 0xFF) + (self.low >> 32) & 0xFF)
            self.pending, self.cache = 0, self.low >> 24 & 0xFF
        self.pending += 1
        self.low = self.low << 8 & 0xFFFFFFFF

    def bit(self, key, bit: int) -> None:
        prob = self.probs.get(key, 1024)
        bound = (self.range >> 11) * prob
        if bit:
            self.low, self.range = self.low + bound, self.range - bound
            prob -= prob >> 5
        else:
            self.range, prob = bound, prob + (2048 - prob >> 5)
        self.probs[key] = prob
        while self.range < 1 << 24:
            self.range = self.range << 8 & 0xFFFFFFFF
            self.shift()

    def encode(self, data: bytes) -> bytes:
        before = 0
        for at, byte in enumerate(data):
            self.bit(("match", at & (1 << self.pb) - 1), 0)
            context = ((at & (1 << self.lp) - 1) << self.lc) + (before >> 8 - self.lc)
            symbol = 1
            for shift in range(7, -1, -1):
                self.bit((context, symbol), byte >> shift & 1)
                symbol = symbol << 1 | byte >> shift & 1
            before = byte
        for _ in range(5):
            self.shift()
        return bytes(self.out)


def properties(lc: int, lp: int, pb: int) -> bytes:
    return struct.pack("<BI", (pb * 5 + lp) * 9 + lc, 1 << 16)


class Codec:
    ids = {"gzip": 1, "lzma": 2, "xz": 4}

    def __init__(self, name: str):
        self.name, self.blocks = name, 0

    def pack(self, data: bytes) -> bytes:
        self.blocks += 1
        return getattr(self, self.name.replace("-", "_"))(data)

    def gzip(self, data: bytes) -> bytes:
        return zlib.compress(data, 9)

    def xz(self, data: bytes) -> bytes:
        return lzma.compress(data, lzma.FORMAT_XZ, lzma.CHECK_CRC32)

    def lzma(self, data: bytes) -> bytes:
        return properties(3, 0, 2) + struct.pack("<Q", len(data)) + raw_lzma(data, 3, 0, 2)

    def lzma_properties(self, data: bytes) -> bytes:
        return properties(3, 0, 2) + raw_lzma(data, 3, 0, 2)

    def lzma_late(self, data: bytes) -> bytes:
        return b"7zip" + properties(2, 1, 1) + raw_lzma(data, 2, 1, 1)

    def lzma_ddwrt(self, data: bytes) -> bytes:
        lc, lp, pb = ((0, 2, 0), (3, 0, 2), (1, 1, 1))[self.blocks % 3]
        return bytes((pb, lc, lp, 255)) + raw_lzma(data, lc, lp, pb)

    def lzma_bare(self, data: bytes) -> bytes:
        return b"\x5d\x00\x10" + LiteralCoder(1, 2, 0).encode(data)


# -- bytes and bits ------------------------------------------------------------------

class Bits:
    """C bit fields: from the low bit on in a little-endian machine, from the high bit in a big one."""

    def __init__(self, big: bool):
        self.big, self.value, self.width = big, 0, 0

    def put(self, value: int, width: int) -> "Bits":
        value &= (1 << width) - 1
        if self.big:
            self.value = self.value << width | value
        else:
            self.value |= value << self.width
        self.width += width
        return self

    def bytes(self) -> bytes:
        assert self.width % 8 == 0
        return self.value.to_bytes(self.width // 8, "big" if self.big else "little")


@dataclass
class Node:
    kind: str
    name: bytes = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 1600000000
    content: bytes = b""
    target: bytes = b""
    device: tuple = (0, 0)
    xattrs: dict = field(default_factory=dict)
    children: list = field(default_factory=list)
    link: "Node | None" = None  # a further name of this one
    number: int = 0
    links: int = 1
    place: tuple = (0, 0)


class Metadata:
    """A chain of metadata blocks."""

    def __init__(self, image: "Image"):
        self.image, self.plain, self.out = image, bytearray(), bytearray()

    def put(self, data: bytes) -> tuple:
        place = (len(self.out), len(self.plain))
        self.plain += data
        while len(self.plain) >= METADATA:
            self.out += self.image.metadata(bytes(self.plain[:METADATA]))
            del self.plain[:METADATA]
        return place

    def done(self) -> bytes:
        if self.plain:
            self.out += self.image.metadata(bytes(self.plain))
            self.plain.clear()
        return bytes(self.out)


class Image:
    def __init__(self, options):
        self.o, self.v, self.big = options, options.version, options.big
        self.codec = Codec(options.codec)
        self.block = options.block
        self.data = bytearray(bytes({1: 51, 2: 63, 3: 119, 4: 96}[self.v]))
        self.fragment, self.fragments, self.count = bytearray(), [], 0
        # v1 keeps 4 bits of a user: the rest goes into the type, so let there be more than 16.
        self.uids: list = list(range(9000, 9017)) if self.v == 1 else []
        self.gids: list = []
        self.xattr_sets: list = []
        self.inodes, self.directories = Metadata(self), Metadata(self)

    def pack(self, layout: str, *values) -> bytes:
        return struct.pack((">" if self.big else "<") + layout, *values)

    def bits(self, *pairs) -> bytes:
        out = Bits(self.big)
        for value, width in pairs:
            out.put(value, width)
        return out.bytes()

    def metadata(self, plain: bytes) -> bytes:
        packed = self.codec.pack(plain)
        word = len(packed)
        if len(packed) >= len(plain) or self.o.plain_tables:
            packed, word = plain, len(plain) | 0x8000
        order = "<" if self.o.plain_lengths or not self.big else ">"
        return struct.pack(order + "H", word) + (b"\xff" if self.o.checked else b"") + packed

    # -- contents --

    def store(self, plain: bytes) -> int:
        """A data block at the end of the image; gives the word that describes it."""
        stored = 1 << (15 if self.v == 1 else 24)
        if self.v > 2 and not any(plain):
            return 0
        packed = self.codec.pack(plain)
        if len(packed) < len(plain):
            self.data += packed
            return len(packed)
        self.data += plain
        return len(plain) | stored

    def flush_fragment(self) -> None:
        if self.fragment:
            start = len(self.data)
            packed = self.codec.pack(bytes(self.fragment))
            if len(packed) < len(self.fragment):
                self.fragments.append((start, len(packed)))
            else:
                packed = bytes(self.fragment)
                self.fragments.append((start, len(packed) | 1 << 24))
            self.data += packed
            self.fragment.clear()

    def write_content(self, content: bytes) -> tuple:
        """(start, words, fragment, offset)"""
        start, words, tail = len(self.data), [], len(content) % self.block
        end = len(content) if self.v == 1 else len(content) - tail
        for at in range(0, end, self.block):
            words.append(self.store(content[at:min(at + self.block, end)]))
        if self.v == 1 or tail == 0:
            return start, words, NO_FRAGMENT, 0
        if len(self.fragment) + tail > self.block:
            self.flush_fragment()
        offset = len(self.fragment)
        self.fragment += content[end:]
        place = start, words, len(self.fragments), offset
        return place

    # -- owners and attributes --

    @staticmethod
    def index(table: list, value: int) -> int:
        if value not in table:
            table.append(value)
        return table.index(value)

    def xattr_id(self, node: Node) -> int:
        if not node.xattrs:
            return 0xFFFFFFFF
        return self.index(self.xattr_sets, tuple(sorted(node.xattrs.items())))

    # -- inodes --

    def inode(self, node: Node, extra: tuple) -> bytes:
        return (self.inode_v4 if self.v == 4 else self.inode_old)(node, extra)

    def inode_v4(self, node: Node, extra: tuple) -> bytes:
        xattr = self.xattr_id(node)
        extended = xattr != 0xFFFFFFFF or node.kind == "file" and node.links > 1
        head = self.pack("HHHHII", TYPES[node.kind] + (7 if extended else 0), node.mode,
                         self.index(self.uids, node.uid), self.index(self.uids, node.gid),
                         node.mtime, node.number)
        tail = self.pack("I", xattr) if extended else b""
        if node.kind == "dir":
            start, offset, size, parent = extra
            if extended:
                return head + self.pack("IIIIHH", 2, size + 3, start, parent, 0, offset) + tail
            return head + self.pack("IIHHI", start, 2, size + 3, offset, parent)
        if node.kind == "file":
            start, words, fragment, offset = extra
            if extended:
                head += self.pack("QQQIII", start, len(node.content), 0, node.links, fragment,
                                  offset) + tail
            else:
                head += self.pack("IIII", start, fragment, offset, len(node.content))
            return head + b"".join(self.pack("I", word) for word in words)
        if node.kind == "symlink":
            return head + self.pack("II", 1, len(node.target)) + node.target + tail
        if node.kind in ("block", "char"):
            major, minor = node.device
            number = minor & 0xFF | major << 8 | (minor & 0xFFF00) << 12
            return head + self.pack("II", 1, number) + tail
        return head + self.pack("I", 1) + tail

    def owner_old(self, node: Node) -> tuple:
        same = 15 if self.v == 1 else 255
        gid = same if node.gid == node.uid else self.index(self.gids, node.gid)
        return self.index(self.uids, node.uid), gid

    def base_old(self, node: Node, kind: int) -> list:
        uid, gid = self.owner_old(node)
        if self.v == 1:
            if kind > 5:
                return [(0, 4), (node.mode, 12), (uid % 16, 4), (gid, 4), (kind, 4), (uid // 16, 4)]
            return [(kind + uid // 16 * 5, 4), (node.mode, 12), (uid % 16, 4), (gid, 4)]
        out = [(kind, 4), (node.mode, 12), (uid, 8), (gid, 8)]
        return out + ([(node.mtime, 32), (node.number, 32)] if self.v == 3 else [])

    def inode_old(self, node: Node, extra: tuple) -> bytes:
        kind, v = TYPES[node.kind], self.v
        links = [(node.links, 32)] if v == 3 else []
        time = [(node.mtime, 32)] if v < 3 else []
        if node.kind == "dir":
            start, offset, size, parent = extra
            size += 3 if v == 3 else 0
            if node.name in (b"large", b"dev") and v > 1:
                rest = [(size, 27), (offset, 13), *time, (start, 32 if v == 3 else 24), (0, 16)]
                kind = 8
            else:
                rest = [(size, 19), (offset, 13), *time, (start, 32 if v == 3 else 24)]
            return self.bits(*self.base_old(node, kind), *links, *rest,
                             *([(parent, 32)] if v == 3 else []))
        if node.kind == "file":
            start, words, fragment, offset = extra
            large = v == 3 and node.links > 1
            tail = [(fragment, 32), (offset, 32)] if v > 1 else []
            head = self.bits(*self.base_old(node, 9 if large else kind), *(links if large else []),
                             *time, (start, 64 if v == 3 else 32), *tail,
                             (len(node.content), 64 if large else 32))
            return head + b"".join(self.pack("H" if v == 1 else "I", word & (0xFFFF if v == 1 else
                                   0xFFFFFFFF)) for word in words)
        head = self.bits(*self.base_old(node, kind), *links)
        if node.kind == "symlink":
            return head + self.pack("H", len(node.target)) + node.target
        if node.kind in ("block", "char"):
            return head + self.pack("H", node.device[0] << 8 | node.device[1])
        return head

    # -- directories --

    def listing(self, node: Node) -> bytes:
        out, run = b"", []
        for child in sorted(node.children, key=lambda c: c.name):
            real = child.link or child
            if run and (len(run) == 256 or real.place[0] != run[0][1].place[0]
                        or abs(real.number - run[0][1].number) > 32000):
                out += self.run(run)
                run = []
            run.append((child.name, real))
        return out + (self.run(run) if run else b"")

    def run(self, run: list) -> bytes:
        start, number = run[0][1].place[0], run[0][1].number
        if self.v == 4:
            out = self.pack("III", len(run) - 1, start, number)
        elif self.v == 3:
            out = self.bits((len(run) - 1, 8), (start, 32), (number, 32))
        else:
            out = self.bits((len(run) - 1, 8), (start, 24))
        for name, real in run:
            kind, offset = TYPES[real.kind], real.place[1]
            if self.v == 4:
                out += self.pack("HhHH", offset, real.number - number, kind, len(name) - 1)
            else:
                out += self.bits((offset, 13), (kind, 3), (len(name) - 1, 8),
                                 *([(real.number - number, 16)] if self.v == 3 else []))
            out += name
        return out

    def write(self, node: Node, parent: int) -> None:
        """Children first: a directory needs to know where their inodes are."""
        for child in node.children:
            if child.link is None:
                self.write(child, node.number)
        if node.kind == "dir":
            listing = self.listing(node)
            start, offset = self.directories.put(listing)
            extra: tuple = (start, offset, len(listing), parent)
        elif node.kind == "file":
            extra = self.write_content(node.content)
        else:
            extra = ()
        node.place = self.inodes.put(self.inode(node, extra))

    # -- tables behind the inodes --

    def array(self, records: list, layout: str = "Q") -> int:
        """Metadata blocks, then the index of their places; gives the place of the index."""
        plain, places = b"".join(records), []
        for at in range(0, len(plain), METADATA):
            places.append(len(self.data))
            self.data += self.metadata(plain[at:at + METADATA])
        index = len(self.data)
        for place in places:
            self.data += self.pack(layout, place)
        return index

    def write_fragments(self) -> int:
        if self.v == 1:
            return 0
        if self.v == 2:
            return self.array([self.pack("II", *f) for f in self.fragments], "I")
        return self.array([self.pack("QII", *f, 0) for f in self.fragments])

    def write_xattrs(self) -> int:
        if not self.xattr_sets:
            return 0xFFFFFFFFFFFFFFFF
        table, ids, shared = Metadata(self), [], {}
        for pairs in self.xattr_sets:
            first, size, place = None, 0, (0, 0)
            for name, value in pairs:
                kind = next(i for i, p in enumerate(PREFIXES) if name.startswith(p))
                short = name[len(PREFIXES[kind]):].encode()
                body = self.pack("I", len(value)) + value
                if value in shared:
                    kind |= 0x100
                    block, offset = shared[value]
                    body = self.pack("IQ", 8, block << 16 | offset)
                place = table.put(self.pack("HH", kind, len(short)) + short)
                where = table.put(body)
                if len(value) > 16:
                    shared.setdefault(value, where)
                first = first or place
                size += 4 + len(short) + len(body)
            ids.append(self.pack("QII", first[0] << 16 | first[1], len(pairs), size))
        start = len(self.data)
        self.data += table.done()
        places = []
        for at in range(0, len(ids) * 16, METADATA):
            places.append(len(self.data))
            self.data += self.metadata(b"".join(ids)[at:at + METADATA])
        header = len(self.data)
        self.data += self.pack("QII", start, len(ids), 0)
        self.data += b"".join(self.pack("Q", place) for place in places)
        return header

    def ids(self, table: list) -> int:
        start = len(self.data)
        self.data += b"".join(self.pack("I", value) for value in table)
        return start

    def build(self, root: Node) -> bytes:
        self.count = number(root, 1) - 1
        self.write(root, self.count + 1)
        self.flush_fragment()
        inodes = len(self.data)
        self.data += self.inodes.done()
        directories = len(self.data)
        self.data += self.directories.done()
        fragments = self.write_fragments()
        place = root.place[0] << 16 | root.place[1]
        if self.v == 4:
            ids = self.array([self.pack("I", value) for value in self.uids])
            xattrs = self.write_xattrs()
            head = self.super_v4(place, ids, xattrs, (inodes, directories, fragments))
        else:
            head = self.super_old(place, self.ids(self.uids), self.ids(self.gids),
                                  (inodes, directories, fragments))
        self.data[:len(head)] = head
        return bytes(self.data) + bytes(-len(self.data) % 4096)

    def magic(self) -> bytes:
        return self.o.magic.encode() if self.o.magic else b"sqsh" if self.big else b"hsqs"

    def log(self) -> int:
        return self.block.bit_length() - 1

    def super_v4(self, root: int, ids: int, xattrs: int, tables: tuple) -> bytes:
        used = len(self.data)
        return self.magic() + self.pack(
            "IIIIHHHHHHQQQQQQQQ", self.count, used if self.o.avm else 1600000000, self.block,
            len(self.fragments), Codec.ids.get(self.codec.name, 1), self.log(),
            0x200 if xattrs == 0xFFFFFFFFFFFFFFFF else 0, len(self.uids), 4, 0, root, used, ids,
            xattrs, *tables, 0xFFFFFFFFFFFFFFFF)

    def super_old(self, root: int, uids: int, gids: int, tables: tuple) -> bytes:
        used = len(self.data)
        flags = 4 if self.o.checked else 0
        out = self.magic() + self.pack("IIIIIIHHHH", self.count, used, uids, gids, tables[0],
                                       tables[1], self.v, 0, self.block & 0xFFFF, self.log())
        out += self.pack("BBBIQ", flags, len(self.uids), len(self.gids), 1600000000, root)
        if self.v >= 2:
            out += self.pack("III", self.block, len(self.fragments), tables[2])
        if self.v == 3:
            out += self.pack("QQQQQQQ", used, uids, gids, *tables, 0xFFFFFFFFFFFFFFFF)
        return out


def number(node: Node, at: int) -> int:
    node.number = at
    at += 1
    for child in node.children:
        if child.link is None:
            at = number(child, at)
    return at


# -- the tree --------------------------------------------------------------------------

def text(lines: int, word: str) -> bytes:
    return b"".join(f"{word} {i * 7919 % 1000}\n".encode() for i in range(lines))


def noise(size: int) -> bytes:
    out = b""
    while len(out) < size:
        out += hashlib.sha256(len(out).to_bytes(4, "big")).digest()
    return out[:size]


def sample_tree(block: int) -> Node:
    real = Node("file", b"passwd", 0o600, 0, 0, 1500000000, b"root:x:0:0::/:/bin/sh\n", links=2)
    etc = Node("dir", b"etc", 0o755, children=[
        real, Node("file", b"passwd-", link=real), Node("file", b"empty"),
        Node("symlink", b"mtab", 0o777, target=b"../proc/mounts")])
    shared = b"a value that several files share and that is stored once"
    dev = Node("dir", b"dev", 0o700, children=[
        Node("char", b"null", 0o666, device=(1, 3)), Node("block", b"mtd", 0o660, 0, 6,
                                                          device=(31, 2)),
        Node("fifo", b"pipe", 0o600, 33, 33), Node("socket", b"log", 0o777, 0, 4)])
    files = Node("dir", b"files", 0o1777, 1000, 1001, children=[
        Node("file", b"blocks", 0o644, 1000, 1000, content=text(block // 4, "block")),
        Node("file", b"exact", content=text(block, "full")[:block]),
        Node("file", b"hole", content=b"x" * block + bytes(2 * block) + b"end"),
        Node("file", b"noise", content=noise(block + 100)),
        Node("file", b"set-uid", 0o4755, content=text(40, "tail"),
             xattrs={"user.note": b"plain", "trusted.long": shared}),
        Node("file", b"capable", 0o755, content=b"program",
             xattrs={"security.capability": bytes.fromhex(
                 "0100000200040000000000000000000000000000"), "user.long": shared}),
        Node("file", b"\xff not utf-8 \x01", content=b"name\n")])
    large = Node("dir", b"large", 0o755, children=[
        Node("file", f"entry-{i:04d}".encode(), content=f"{i}\n".encode()) for i in range(700)])
    return Node("dir", mode=0o755, mtime=1400000000,
                children=[etc, dev, files, large, Node("dir", b"void", 0o500)])


def few_entries(block: int) -> Node:
    """What fits into a few KB: everything but the large folder and what does not compress."""
    root = sample_tree(block)
    root.children = [c for c in root.children if c.name != b"large"]
    for child in root.children:
        child.children = [c for c in child.children if c.name != b"noise"]
    return root


def many_entries(block: int) -> Node:
    """More inodes than fit into one metadata block."""
    return Node("dir", mode=0o755, children=[
        Node("file", f"{i:03d}".encode(), uid=i) for i in range(400)])


TREES = {"whole": sample_tree, "few": few_entries, "many": many_entries}


def escape(name: bytes) -> str:
    return "".join(chr(b) if 32 < b < 127 and b != 92 else f"\\x{b:02x}" for b in name)


def truth(root: Node, version: int) -> dict:
    tree: list = []

    def visit(node: Node, path: str) -> None:
        real = node.link or node
        kind = real.kind
        entry: dict = {"path": path or "/", "type": kind, "mode": f"{real.mode:04o}",
                       "uid": real.uid, "gid": real.gid}
        if version > 2 or kind in ("dir", "file"):
            entry["mtime"] = real.mtime
        if kind == "file":
            entry |= {"size": len(real.content), "sha256": hashlib.sha256(real.content).hexdigest()}
        if kind == "symlink":
            entry["target"] = escape(real.target)
        if kind in ("block", "char"):
            entry["device"] = list(real.device)
        if version == 4:
            entry["xattrs"] = {key: value.hex() for key, value in real.xattrs.items()}
        if node.link:
            entry["hardlink_of"] = "/etc/passwd"
        tree.append(entry)
        for child in sorted(node.children, key=lambda c: c.name):
            visit(child, path + "/" + escape(child.name))

    visit(root, "")
    return {"attributes_stored": ["mode", "uid", "gid", "mtime", "hardlinks", "xattrs"],
            "layers": {"children": [{"absolute_offset": 0}]}, "tree": tree}


def lines(tree: list) -> str:
    """One line an entry, as tests/unit/format/squashfs.c writes it."""
    out = []
    for e in tree:
        kind = "hardlink" if "hardlink_of" in e else TYPE_NAMES.get(e["type"], e["type"])
        rest = e.get("hardlink_of") or e.get("target") or e.get("sha256", "")
        if "device" in e:
            rest = "{},{}".format(*e["device"])
        out.append(" ".join((e["path"], kind, e["mode"], f"{e['uid']}:{e['gid']}", rest)).rstrip())
    return "\n".join(out) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out")
    parser.add_argument("--version", type=int, default=4, choices=(1, 2, 3, 4))
    parser.add_argument("--big", action="store_true", help="big-endian")
    parser.add_argument("--codec", default="gzip", help="gzip, xz, lzma, lzma-properties, lzma-late, "
                        "lzma-ddwrt, lzma-bare")
    parser.add_argument("--magic", help="four letters")
    parser.add_argument("--checked", action="store_true", help="v1 to v3: a byte follows each length")
    parser.add_argument("--plain-lengths", action="store_true",
                        help="metadata lengths stay little-endian in a big-endian image")
    parser.add_argument("--plain-tables", action="store_true", help="metadata are not compressed")
    parser.add_argument("--avm", action="store_true", help="the size stands in the time, too")
    parser.add_argument("--block", type=int, default=32768)
    parser.add_argument("--tree", default="whole", choices=TREES)
    parser.add_argument("--truth")
    parser.add_argument("--lines")
    options = parser.parse_args()
    root = TREES[options.tree](options.block)
    with open(options.out, "wb") as out:
        out.write(Image(options).build(root))
    if options.truth:
        with open(options.truth, "w", encoding="utf-8") as out:
            json.dump(truth(root, options.version), out, indent=1)
    if options.lines:
        with open(options.lines, "w", encoding="utf-8") as out:
            out.write(lines(truth(root, options.version)["tree"]))


if __name__ == "__main__":
    main()

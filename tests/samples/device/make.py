#!/usr/bin/env python3
"""Makes the samples in this folder: make.py

Needs payload_dumper for its update_metadata_pb2 (the messages of AOSP's update_metadata.proto) and
zstd. What no packer makes is packed here by the description that each format's source names; what is
packed is noise of a fixed seed.
"""
import bz2
import hashlib
import lzma
import os
import random
import struct
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


def noise(size, seed):
    return random.Random(seed).randbytes(size)


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


def zstd(data):
    return subprocess.run(["zstd", "-c"], input=data, check=True, capture_output=True).stdout


def ota_payload():
    """Blocks of 512; the first partition in disorder, with a hole and a block that zeros."""
    import payload_dumper.update_metadata_pb2 as um
    manifest, blobs = um.DeltaArchiveManifest(block_size=512), b""

    def partition(name, content, operations):
        nonlocal blobs
        part = manifest.partitions.add(partition_name=name)
        part.new_partition_info.size = len(content)
        part.new_partition_info.hash = hashlib.sha256(content).digest()
        for kind, packed, extents in operations:
            op = part.operations.add(type=kind, data_offset=len(blobs), data_length=len(packed))
            if packed:
                op.data_sha256_hash = hashlib.sha256(packed).digest()
            for start, count in extents:
                op.dst_extents.add(start_block=start, num_blocks=count)
            blobs += packed

    a, b, c, d = noise(512, 1), b"bzip2 " * 171, b"xz and more " * 128, noise(300, 2)
    b, c = b[:1024], c[:1536]
    boot = a + b[:512] + c + b[512:] + bytes(512) + d
    partition("boot", boot, [(um.InstallOperation.REPLACE_BZ, bz2.compress(b), [(1, 1), (5, 1)]),
                             (um.InstallOperation.REPLACE, a, [(0, 1)]),
                             (um.InstallOperation.REPLACE_XZ, lzma.compress(c), [(2, 3)]),
                             (um.InstallOperation.ZERO, b"", [(6, 1)]),
                             (um.InstallOperation.REPLACE, d, [(7, 1)])])
    partition("vendor", b"vendor" * 100, [(um.InstallOperation.REPLACE, (b"vendor" * 100), [(0, 2)])])
    partition("system", bytes(1024), [(um.InstallOperation.SOURCE_COPY, b"", [(0, 2)])])
    text = manifest.SerializeToString()
    write("good.payload", b"CrAU" + struct.pack(">QQI", 2, len(text), 64) + text + noise(64, 3) + blobs)


if __name__ == "__main__":
    ota_payload()

#!/usr/bin/env python3
"""Adds what img2simg does not write to a sparse image: make_simg.py SPARSE OUT. A CRC chunk behind
the others, whose sum is that of the plain image that simg2img gives, and the sum in the header."""
import struct
import subprocess
import sys
import tempfile
import zlib

data = bytearray(open(sys.argv[1], "rb").read())
with tempfile.NamedTemporaryFile() as plain:
    subprocess.run(["simg2img", sys.argv[1], plain.name], check=True)
    crc = zlib.crc32(open(plain.name, "rb").read())
chunks = struct.unpack_from("<I", data, 20)[0]
struct.pack_into("<II", data, 20, chunks + 1, crc)
data += struct.pack("<HHIII", 0xCAC4, 0, 0, 16, crc)
open(sys.argv[2], "wb").write(data)

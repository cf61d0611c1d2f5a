#!/bin/sh
# Makes the samples anew, beside this file: old versions and big-endian by make_squashfs.py, the rest
# by mksquashfs 4.5.1 from what unsquashfs read of one of them (as root, for owners and devices).
set -e
cd "$(dirname "$0")"
make() { out=$1; shift; python3 ../../tools/make_squashfs.py "$out" --tree few --block 4096 "$@"; }

make good-v4-be.sqfs --big --lines tree.txt
make good-v4-le.sqfs
make good-v1-le.sqfs --version 1
make good-v1-be.sqfs --version 1 --big
make good-v2-le.sqfs --version 2
make good-v2-be-checked.sqfs --version 2 --big --checked
make good-v3-le-checked.sqfs --version 3 --checked
make good-v3-be.sqfs --version 3 --big
make odd-v3-lzma-ddwrt.sqfs --version 3 --magic hsqt --codec lzma-ddwrt
make odd-v3-be-lzma-late.sqfs --version 3 --big --magic qshs --codec lzma-late
make odd-v4-lzma-properties.sqfs --magic shsq --codec lzma-properties
make odd-v2-lzma-bare.sqfs --version 2 --magic zlqs --codec lzma-bare
make odd-v4-be-avm.sqfs --big --avm --plain-lengths
python3 ../../tools/make_squashfs.py good-v4-many.sqfs --tree many
work=$(mktemp -d)
unsquashfs -q -n -d "$work/tree" good-v4-le.sqfs
for codec in gzip lzma lzo xz lz4 zstd; do
	mksquashfs "$work/tree" good-v4-$codec.sqfs -comp $codec -b 4096 -noappend -quiet -no-progress -mkfs-time 0
done
mksquashfs "$work/tree" good-v4-plain.sqfs -noI -noD -noF -noX -b 4096 -noappend -quiet -no-progress -mkfs-time 0
rm -r "$work"

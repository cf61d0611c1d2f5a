#!/bin/sh
# Makes these samples anew, as root: make.sh. Needs jfsutils 1.1.15, reiserfsprogs 3.6.27 and a kernel
# that mounts JFS, ReiserFS, HFS+ (6.1 of Debian 12).
set -eu
cd "$(dirname "$0")"
samples=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir mounted

fill() { # KIND SAMPLE OPTIONS
	mount -t "$1" -o "loop$3" "$2" mounted
	python3 "$samples/../live_tree.py" mounted "$1"
	umount mounted
	xz -9ec "$2" >"$samples/live.$2.xz"
}
truncate -s 16M jfs
mkfs.jfs -q -L small jfs
fill jfs jfs ''
truncate -s 36M reiserfs
mkreiserfs -q -f -f -l small -s 513 reiserfs
fill reiserfs reiserfs ,user_xattr
python3 "$samples/../../tools/make_hfsplus.py" hfsplus 16
fill hfsplus hfsplus ''
python3 "$samples/../../tools/make_hfsplus.py" hfsx 16 x
fill hfsplus hfsx ''
truncate -s 40M reiserfs35
mkreiserfs -q -f -f --format 3.5 reiserfs35
xz -9ec reiserfs35 >"$samples/empty.reiserfs35.xz"
python3 "$samples/../../tools/make_qnx6.py" qnx6-le little
python3 "$samples/../../tools/make_qnx6.py" qnx6-be big
for name in qnx6-le qnx6-be; do xz -9ec "$name" >"$samples/$name.xz"; done

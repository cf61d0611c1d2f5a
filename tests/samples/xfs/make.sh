#!/bin/sh
# Makes these samples anew with xfsprogs 6.1 and a kernel that mounts XFS, as root: make.sh.
set -eu
cd "$(dirname "$0")"
samples=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# mkfs.xfs makes small file systems for its own tests only.
export TEST_DIR=x TEST_DEV=x QA_CHECK_FS=x
mkdir mounted

live() {
	name=$1
	shift
	truncate -s 16M "$name.xfs"
	mkfs.xfs -q -L small -m uuid=12345678-1234-1234-1234-123456789abc -d agcount=1 "$@" "$name.xfs"
	mount -o loop,nouuid "$name.xfs" mounted
	python3 "$samples/../live_tree.py" mounted xfs
	umount mounted
	xfs_repair -L -o force_geometry "$name.xfs" >/dev/null 2>&1 # empties the log
	xz -9ec "$name.xfs" >"$samples/good-$name.xfs.xz"
}
live v5 -b size=1024 -n size=4096
live counters -b size=2048 -i nrext64=1,size=1024 -m bigtime=0

# With the log on another device.
truncate -s 16M outside.xfs log
log=$(losetup -f --show log)
mkfs.xfs -q -f -m uuid=12345678-1234-1234-1234-123456789abc -d agcount=1 -b size=1024 -l "logdev=$log" outside.xfs
mount -o "loop,nouuid,logdev=$log" outside.xfs mounted
python3 "$samples/../live_tree.py" mounted xfs
umount mounted
losetup -d "$log"
xz -9ec outside.xfs >"$samples/odd-outside.xfs.xz"

mount -o loop,nouuid v5.xfs mounted
touch mounted/new
sync -f mounted
cp --sparse=always v5.xfs torn.xfs
umount mounted
xz -9ec torn.xfs >"$samples/odd-journal.xfs.xz"

# Version 4, which kernels give up, by mkfs.xfs alone.
seq 1 300 >a.txt
printf tiny >inline
{
	printf '/x\n0 0\nd--755 0 0\na.txt -u-755 700 80 %s/a.txt\n' "$work"
	printf 'dir d--755 0 0\ndeep d--755 0 0\ninline ---644 0 0 %s/inline\n$\n$\n' "$work"
	printf 'link l--777 0 0 a.txt\nnull c--644 0 0 1 3\ndisk b--644 0 0 179 200\npipe p--644 0 0\n'
	printf 'names d--755 0 0\n'
	for i in $(seq 1 60); do printf 'a-name-of-some-length-%s ---644 0 0 %s/inline\n' "$i" "$work"; done
	printf '$\n$\n'
} >prototype
old() {
	name=$1
	shift
	truncate -s 16M "$name.xfs"
	mkfs.xfs -q -m crc=0,uuid=12345678-1234-1234-1234-123456789abc -b size=512 -n ftype=0 -d agcount=1 \
		"$@" -p prototype "$name.xfs" 2>/dev/null
	xz -9ec "$name.xfs" >"$samples/$name.xfs.xz"
}
old good-v4
truncate -s 16M log
old odd-outside-v4 -l logdev=log,size=8m

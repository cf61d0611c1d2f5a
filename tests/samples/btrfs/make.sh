#!/bin/sh
# Makes these samples anew with btrfs-progs 6.2 and a kernel that mounts btrfs, as root: make.sh.
set -eu
cd "$(dirname "$0")"
samples=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir mounted

live() {
	name=$1
	sum=$2
	options=$3
	shift 3
	truncate -s 16M "$name.btrfs"
	mkfs.btrfs -q --mixed -L small -U 12345678-1234-1234-1234-123456789abc -m single -d single \
		--csum "$sum" "$@" "$name.btrfs"
	mount -o "loop,$options" "$name.btrfs" mounted
	python3 "$samples/../live_tree.py" mounted btrfs
	btrfs -q subvolume create mounted/volume
	echo inside >mounted/volume/file
	btrfs -q subvolume create mounted/volume/nested
	echo nested >mounted/volume/nested/file
	btrfs -q subvolume snapshot mounted/volume mounted/dir/snapshot
	echo later >mounted/volume/file
	btrfs -q subvolume set-default mounted/volume
	umount mounted
	btrfs check "$name.btrfs" >/dev/null 2>&1
	xz -9ec "$name.btrfs" >"$samples/good-$name.btrfs.xz"
}
live plain crc32c defaults -n 4096
live zlib xxhash compress-force=zlib
live lzo sha256 compress-force=lzo -n 4096
live zstd blake2 compress-force=zstd -n 4096

# A file was forced to disk after the last commit.
mount -o loop,commit=300 plain.btrfs mounted
touch mounted/new
sync mounted/new
cp --sparse=always plain.btrfs torn.btrfs
umount mounted
xz -9ec torn.btrfs >"$samples/odd-log.btrfs.xz"

# Two devices: one has all names and half of the contents.
truncate -s 126M one two
one=$(losetup -f --show one)
two=$(losetup -f --show two)
mkfs.btrfs -q -L small -m raid1 -d raid0 "$one" "$two" >/dev/null
mount -o max_inline=0 "$one" mounted
python3 "$samples/../live_tree.py" mounted btrfs
seq 1 60000 >mounted/both
umount mounted
losetup -d "$one"
losetup -d "$two"
head -c 48M one | xz -9e >"$samples/odd-half.btrfs.xz" # zeros follow

# For the fuzzer, small ones.
for packer in zlib lzo zstd; do
	truncate -s 16M "tiny-$packer.btrfs"
	mkfs.btrfs -q --mixed -m single -d single -n 4096 -U 12345678-1234-1234-1234-123456789abc \
		"tiny-$packer.btrfs"
	mount -o "loop,compress-force=$packer" "tiny-$packer.btrfs" mounted
	mkdir mounted/dir
	seq 1 1500 >mounted/dir/packed
	cp --reflink=always mounted/dir/packed mounted/again
	echo inside | dd of=mounted/dir/holes bs=4096 seek=3 status=none
	head -c 9000 mounted/dir/packed | tee mounted/twice >/dev/null
	fallocate -l 20000 mounted/reserved
	echo tiny >mounted/tiny
	ln mounted/tiny mounted/linked
	ln -s tiny mounted/link
	mknod mounted/null c 1 3
	python3 -c 'import os; os.setxattr("mounted/tiny", "user.key", b"value")'
	btrfs -q subvolume create mounted/volume
	echo nested >mounted/volume/file
	btrfs -q subvolume snapshot mounted/volume mounted/dir/snapshot
	umount mounted
	xz -1 "tiny-$packer.btrfs"
	python3 "$samples/seeds.py" "tiny-$packer.btrfs.xz" "$samples/../../fuzz/corpus/btrfs/$packer"
done

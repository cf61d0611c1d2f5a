#!/bin/sh
# Makes the samples of F2FS anew, as root on a kernel that has it with all its compressors (Debian 12's
# in a virtual machine will do): make_f2fs.sh SAMPLES. Needs f2fs-tools and python3.
set -eu
out=$(realpath "$1")/f2fs
tools=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'umount "$work/at" 2>/dev/null || :; rm -rf "$work"' EXIT
mkdir -p "$out" "$work/at"
cd "$work"

# volume NAME TREE FEATURES OPTIONS
volume() {
	truncate -s 52M "$1.img"
	mkfs.f2fs -q -f -l small ${3:+-O "$3"} "$1.img" >/dev/null
	mount -t f2fs -o "loop${4:+,$4}" "$1.img" at
	python3 "$tools/fill_f2fs.py" "$2" at
	umount at
	python3 "$tools/fill_f2fs.py" pack "$1.img" "$out/$1.gz"
	rm "$1.img"
}

all=extra_attr,compression,inode_checksum,sb_checksum,inode_crtime,flexible_inline_xattr,project_quota,quota
volume plain tree "" ""
volume full tree "$all" 'compress_algorithm=lz4,compress_extension=*,inline_xattr_size=60'
volume zstd large extra_attr,compression 'compress_algorithm=zstd,compress_extension=*,compress_chksum'
volume rle large extra_attr,compression 'compress_algorithm=lzo-rle,compress_extension=*,compress_log_size=3'
volume lzo large extra_attr,compression 'compress_algorithm=lzo,compress_extension=*'

truncate -s 52M empty.img
mkfs.f2fs -q -f empty.img >/dev/null
python3 "$tools/fill_f2fs.py" pack empty.img "$out/empty.gz"

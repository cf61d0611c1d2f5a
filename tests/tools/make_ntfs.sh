#!/bin/sh
# Makes the samples of NTFS anew, as root with FUSE: make_ntfs.sh SAMPLES. Needs ntfs-3g, wimtools and
# python3. Times of creation are those of the day.
set -eu
out=$(realpath "$1")/ntfs
tools=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'umount "$work/at" 2>/dev/null || :; rm -rf "$work"' EXIT
export TZ=UTC LC_ALL=C.UTF-8
mkdir -p "$out" "$work/at"
cd "$work"

# volume NAME SIZE CLUSTER OPTIONS COMMAND...: an empty volume, filled by the command
volume() {
	name=$1
	size=$2
	cluster=$3
	options=$4
	shift 4
	truncate -s "$size" "$name"
	mkntfs -q -F -f -L Small -c "$cluster" -s 512 -H 1 -S 1 -p 0 "$name" 2>/dev/null
	ntfs-3g -o "$options" "$name" at
	"$@" at
	umount at
	python3 "$tools/fill_ntfs.py" blank "$name"
	gzip -9nc "$name" >"$out/$name.gz"
	rm "$name"
}

volume tree.ntfs 4M 512 streams_interface=xattr,compression python3 "$tools/fill_ntfs.py" tree
volume linux.ntfs 2M 4096 streams_interface=xattr,special_files=wsl python3 "$tools/fill_ntfs.py" linux
volume table.ntfs 4M 512 streams_interface=xattr python3 "$tools/fill_ntfs.py" table
volume owner.ntfs 2M 4096 streams_interface=xattr,permissions python3 "$tools/fill_ntfs.py" owner

mkdir source
{ seq 1 3000; head -c 60000 /dev/zero; seq 1 99; } >source/large
pack() {
	wimlib-imagex capture source "$1.wim" --compress="$2" --chunk-size="$3" >/dev/null 2>&1
}
pack 0 xpress 4096
pack 1 lzx 32768
pack 2 xpress 8192
pack 3 xpress 16384
volume overlay.ntfs 2M 4096 streams_interface=windows python3 "$tools/fill_ntfs.py" overlay source

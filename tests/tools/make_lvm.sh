#!/bin/sh
# Makes the samples of LVM2 anew, as root with loop devices: make_lvm.sh SAMPLES. Needs lvm2, python3.
# Nothing is activated: the volumes are filled where `pvs` says that their extents lie.
set -eu
out=$(realpath "$1")/lvm
mkdir -p "$out"
work=$(mktemp -d)
loop=
trap '[ -z "$loop" ] || losetup -d $loop; rm -rf "$work"' EXIT
cd "$work"
mkdir etc lock
cat >etc/lvm.conf <<END
devices { filter=["a|/dev/loop|","r|.*|"] use_devicesfile=0 pv_min_size=512 }
activation { udev_sync=0 udev_rules=0 }
global { locking_dir="$work/lock" }
backup { backup=0 archive=0 }
END
export LVM_SYSTEM_DIR="$work/etc" LVM_SUPPRESS_FD_WARNINGS=1 TZ=UTC LC_ALL=C

quiet() {
	"$@" --driverloaded n >>log 2>&1 || {
		cat log
		exit 1
	}
}

# Each sector of a volume begins with the volume's name and a count.
fill() {
	lvs -a --driverloaded n --noheadings --segments --separator , -o lv_name,stripesize,seg_pe_ranges "$1" \
		2>>log >ranges
	python3 - "$2" "$3" <<'END'
import sys
image, extent = sys.argv[1], int(sys.argv[2])
lines = {}
with open(image, "r+b") as f:
    for row in open("ranges"):
        name, stripe, ranges = row.strip().split(",", 2)
        places = [tuple(map(int, r.rsplit(":", 1)[1].split("-"))) for r in ranges.split()
                  if r.startswith("/dev/loop")]
        chunk = int(stripe.rstrip("BKkb").split(".")[0] or 0) * 1024
        length = sum(b - a + 1 for a, b in places) * extent
        number = lines.setdefault(name, 0)
        text = b"".join((b"%-9s%06d\n" % (name.encode(), number + i)).ljust(512, b"\0")
                        for i in range(length // 512))
        lines[name] += length // 512
        step = chunk if len(places) > 1 else length
        start = 49152
        for i in range(0, length, step):
            first, _ = places[i // step % len(places)]
            f.seek(start + first * extent + i // step // len(places) * step)
            f.write(text[i:i + step])
END
}

truncate -s 1M small.lvm
loop=$(losetup -f --show small.lvm)
quiet pvcreate -ff -y --norestorefile --uuid aaaaaa-bbbb-cccc-dddd-eeee-ffff-gggggg --metadatasize 32k \
	--dataalignment 48k "$loop"
quiet vgcreate -s 16k small "$loop"
quiet lvcreate -an -Zn -Wn -l 2 -n root small
quiet lvcreate -an -Zn -Wn -l 3 -n data small
quiet lvextend -l +2 small/root
# Until the newest text goes past the end of the ring.
for i in $(seq 1 23); do
	quiet vgchange --addtag "tag$i" small
done
fill small small.lvm 16384
losetup -d "$loop"
loop=
gzip -9nc small.lvm >"$out/small.lvm.gz"

# What needs more than one disk, or the kernel, is written into the text and put back by LVM itself.
truncate -s 1M kinds.lvm
loop=$(losetup -f --show kinds.lvm)
quiet pvcreate -ff -y --norestorefile --uuid aaaaaa-bbbb-cccc-dddd-eeee-ffff-hhhhhh --metadatacopies 2 --metadatasize 32k \
	--dataalignment 48k "$loop"
quiet vgcreate -s 16k kinds "$loop"
quiet lvcreate -an -Zn -Wn -l 4 -n striped kinds
quiet lvcreate -an -Zn -Wn -l 2 -n origin kinds
quiet lvcreate -an -Zn -Wn -l 1 -n store kinds
quiet vgcfgbackup -f text kinds
python3 - <<'END'
text = open("text").read()
at = text.index("stripe_count = 1")
end = text.index("]", at)
text = text[:at] + 'stripe_count = 2\nstripe_size = 8\nstripes = [\n"pv0", 2,\n"pv0", 0\n' + text[end:]
at = text.index("origin {")
text = text[:at] + """over {
id = "aaaaaa-bbbb-cccc-dddd-eeee-ffff-iiiiii"
status = ["READ", "WRITE", "VISIBLE"]
segment_count = 1
segment1 {
start_extent = 0
extent_count = 2
type = "snapshot"
chunk_size = 8
origin = "origin"
cow_store = "store"
}
}
""" + text[at:]
open("text", "w").write(text)
END
quiet vgcfgrestore -f text kinds
fill kinds kinds.lvm 16384
losetup -d "$loop"
loop=
gzip -9nc kinds.lvm >"$out/kinds.lvm.gz"

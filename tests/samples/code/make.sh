#!/bin/sh
# make.sh FOLDER - the programs of this folder, from program.c, as Debian 12's cross compilers
# (gcc-12) and clang 14 with lld make them. stub.c stands for the libraries.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
common="-O2 -fno-inline -fno-builtin -fno-stack-protector -nostdlib -ffreestanding -w -g0 -s -Wl,--build-id=none,-z,max-page-size=4096"
make() {
	name=$1 kind=$2
	shift 2
	case $kind in
	pie) how="-fPIE -pie" ;;
	*) how="-fno-pie -no-pie" ;;
	esac
	"$@" $common -shared -fPIC -o "$out/libstub.so" "$here/stub.c"
	(cd "$out" && "$@" $common $how -o "$name" "$here/program.c" libstub.so)
	rm "$out/libstub.so"
}
lld() {
	target=$1
	shift
	clang --target="$target" -fuse-ld=lld -Wl,--eh-frame-hdr -fasynchronous-unwind-tables "$@"
}
make thumb-pie pie arm-linux-gnueabihf-gcc
make thumb-exec exec arm-linux-gnueabihf-gcc
make arm-pie pie arm-linux-gnueabihf-gcc -marm
make arm-exec exec arm-linux-gnueabihf-gcc -marm
make aarch64-pie pie aarch64-linux-gnu-gcc
make mips64el-pie pie mips64el-linux-gnuabi64-gcc
make ppc64el-pie pie powerpc64le-linux-gnu-gcc
make x86_64-pie pie gcc
make x86_64-exec exec gcc
make x86_64-no-plt pie gcc -fno-plt
make i386-pie pie lld i386-linux-gnu
make i386-exec exec lld i386-linux-gnu
make mips-pie pie lld mips-linux-gnu
make mipsel-exec exec lld mipsel-linux-gnu
make ppc-exec exec lld powerpc-linux-gnu
make ppc-pie pie lld powerpc-linux-gnu
# Its own functions, which it exports.
routes="$common -fno-optimize-sibling-calls -Wl,--export-dynamic"
arm-linux-gnueabihf-gcc $routes -fPIC -shared -Wl,-Bsymbolic -o "$out/routes-thumb" "$here/routes.c"
aarch64-linux-gnu-gcc $routes -fPIE -pie -o "$out/routes-aarch64" "$here/routes.c"
lld mipsel-linux-gnu $routes -fPIC -shared -o "$out/routes-mipsel" "$here/routes.c"
# Against the GNU C library, with times of 32 and of 64 bits.
time="-O2 -s -Wl,--build-id=none,-z,max-page-size=4096"
arm-linux-gnueabihf-gcc $time -o "$out/time-32" "$here/clock.c"
arm-linux-gnueabihf-gcc $time -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -o "$out/time-64" "$here/clock.c"
aarch64-linux-gnu-gcc $time -o "$out/time-of-64" "$here/clock.c"

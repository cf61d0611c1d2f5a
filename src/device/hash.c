/* hash.c - what of base/hash.h is needed here, by BearSSL. */
#include "base/hash.h"

#include <bearssl/bearssl_hash.h>
#include <errno.h>
#include <unistd.h>

#include "device/device.h"

void sha256_of_parts(const struct span *parts, size_t count, uint8_t digest[SHA256_SIZE])
{
	br_sha256_context run;

	br_sha256_init(&run);
	for (size_t i = 0; i < count; i++)
		br_sha256_update(&run, parts[i].p, parts[i].n);
	br_sha256_out(&run, digest);
}

void sha256_of(struct span s, uint8_t digest[SHA256_SIZE])
{
	sha256_of_parts(&s, 1, digest);
}

bool image_digest(int fd, struct subject *image, uint64_t *size)
{
	static uint8_t buffer[1 << 16];
	br_sha256_context sha256;
	br_sha512_context sha512;
	ssize_t n;

	br_sha256_init(&sha256);
	br_sha512_init(&sha512);
	do {
		n = read(fd, buffer, sizeof(buffer));
		br_sha256_update(&sha256, buffer, n > 0 ? (size_t)n : 0);
		br_sha512_update(&sha512, buffer, n > 0 ? (size_t)n : 0);
		*size += n > 0 ? (uint64_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	br_sha256_out(&sha256, image->sha256);
	br_sha512_out(&sha512, image->sha512);
	image->has_sha512 = true;
	return n == 0;
}

/* http_file.c - bodies that are files, and bodies that come packed. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "log/http.h"

#define MOST_PLAIN (64u << 20) /* bytes of a public file: a bundle has at most 16 MiB */
#define GZIP       (16 + MAX_WBITS)

void http_answer_file(struct http_job *job, int folder, const char *path, bool is_tile)
{
	int fd = openat(folder, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > MOST_PLAIN) {
		if (fd >= 0)
			close(fd);
		http_say(job, 404, "There is no such file.");
		return;
	}
	job->reply.status = 200;
	job->reply.fd = fd;
	job->reply.size = (uint64_t)st.st_size;
	job->reply.type = is_tile ? "application/octet-stream" : "text/plain; charset=utf-8";
	job->reply.cache = is_tile ? HTTP_FOREVER : "no-store";
}

bool http_unpack(struct span packed, size_t most, struct text *out)
{
	uint8_t buffer[16384];
	z_stream z = { .next_in = (z_const Bytef *)(uintptr_t)packed.p,
		       .avail_in = (uInt)packed.n };
	int state = packed.n > UINT32_MAX || inflateInit2(&z, GZIP) != Z_OK ? Z_MEM_ERROR : Z_OK;

	if (state != Z_OK)
		return false;
	while (state == Z_OK) {
		z.next_out = buffer;
		z.avail_out = sizeof(buffer);
		state = inflate(&z, Z_NO_FLUSH);
		if (sizeof(buffer) - z.avail_out > most - out->n)
			state = Z_BUF_ERROR; /* a bomb, or too long anyway */
		else
			text_put(out, (struct span){ buffer, sizeof(buffer) - z.avail_out });
	}
	inflateEnd(&z);
	return state == Z_STREAM_END && z.avail_in == 0 && !out->failed;
}

bool http_pack(struct span plain, struct text *out)
{
	z_stream z = { .next_in = (z_const Bytef *)(uintptr_t)plain.p, .avail_in = (uInt)plain.n };
	uint8_t buffer[16384];
	int state;

	if (plain.n > UINT32_MAX ||
	    deflateInit2(&z, 1, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	do {
		z.next_out = buffer;
		z.avail_out = sizeof(buffer);
		state = deflate(&z, Z_FINISH);
		text_put(out, (struct span){ buffer, sizeof(buffer) - z.avail_out });
	} while (state == Z_OK);
	deflateEnd(&z);
	return state == Z_STREAM_END && !out->failed;
}

/* proof_write.c - proofs of inclusion written, which takes memory; see proof.h. */
#include "base/base64.h"
#include "log/proof.h"

void tlog_proof_write(struct text *out, const struct tlog_proof *p)
{
	text_puts(out, "c2sp.org/tlog-proof@v1\n");
	if (p->extra.n) {
		text_puts(out, "extra ");
		text_put(out, p->extra);
		text_char(out, '\n');
	}
	text_format(out, "index %llu\n", (unsigned long long)p->index);
	for (unsigned i = 0; i < p->path.count; i++) {
		base64_write(out, (struct span){ p->path.hash[i], SHA256_SIZE });
		text_char(out, '\n');
	}
	text_char(out, '\n');
	text_put(out, p->note);
}

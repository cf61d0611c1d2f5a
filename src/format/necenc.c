/* necenc.c - images of NEC's Aterm WF1200CR and WG1200CR: a Seama whose bytes are XORed with a
 * password and with a counter from 1 to 251. What a Seama begins with, and that its signature
 * stands there, tells the password. */
#include "base/cursor.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define PASSWORD 16
#define TURNS    251
#define PROBED   256

static const struct {
	const char *model, *text;
} passwords[] = {
	{ "WF1200CR", "ryztfyutcrqqo69d" },
	{ "WG1200CR", "9gsiy9nzep452pad" },
};

#define PASSWORDS (sizeof(passwords) / sizeof(passwords[0]))

static void apply(size_t password, struct span in, uint8_t *out)
{
	for (size_t i = 0; i < in.n; i++)
		out[i] = in.p[i] ^ (uint8_t)passwords[password].text[i % PASSWORD] ^
			 (uint8_t)(i % TURNS + 1);
}

/* Which password gives a Seama, and where that ends; PASSWORDS if none does. */
static size_t find_password(struct span in, uint64_t *end)
{
	uint8_t plain[PROBED];
	struct span some = span_head(in, PROBED);
	size_t i = 0;

	for (; i < PASSWORDS; i++) {
		apply(i, some, plain);
		*end = seama_end_of((struct span){ plain, some.n });
		if (*end)
			break;
	}
	return i;
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t end;
	size_t password = find_password(in, &end);

	if (password == PASSWORDS)
		return fault_at(FAULT_UNKNOWN, 0, "password", 0, 0);
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "XOR, published password of ", span_text(passwords[password].model));
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint64_t end = 0;
	size_t password = find_password(l->in, &end);
	uint8_t *room = sink_room(out, l->in.n);

	(void)e;
	if (password == PASSWORDS)
		return fault_at(FAULT_ENCRYPTED, 0, "content", 0, 0);
	if (!room)
		return out->fault;
	apply(password, l->in, room);
	sink_advance(out, l->in.n);
	if (l->in.n < end)
		return fault_at(FAULT_SHORT, 0, "length", l->in.n, end);
	return fine;
}

/* The first six bytes of a Seama under each password. */
const struct format format_necenc = {
	.name = "nec-enc",
	.says = "NEC Aterm image under XOR (WF1200CR, WG1200CR)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/nec-enc.c; openwrt/openwrt "
		"target/linux/ath79/image/generic.mk",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 6, "\x2d\xd8\xdd\x67\x63\x7f" }, { 0, 6, "\x66\xc6\xd4\x7a\x7c\x3f" } },
	.probe = probe,
	.load = load,
};

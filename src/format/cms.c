/* cms.c - signed data of the Cryptographic Message Syntax in DER (RFC 5652, section 5), as bundles
 * of RAUC end with: what was signed (a manifest), if it is inside, is a part. RAUC puts the length
 * of the signature behind it, in eight bytes, big-endian. */
#include "base/cursor.h"
#include "format/own.h"
#include "format/parts.h"
#include "format/verity.h"

#define LENGTH_FIELD 8

static const uint8_t signed_data[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
				       0xf7, 0x0d, 0x01, 0x07, 0x02 };

/* Opens an element with that tag: c stands at its content then, *end is where it ends. */
static bool enter(struct cursor *c, uint8_t tag, uint64_t *end)
{
	bool right = cursor_u8(c) == tag;
	uint64_t length = cursor_u8(c);
	uint8_t bytes = length & 0x80 ? length & 0x7f : 0;

	if (bytes > 4 || length == 0x80)
		return false;
	if (bytes)
		length = 0;
	for (uint8_t i = 0; i < bytes; i++)
		length = length << 8 | cursor_u8(c);
	*end = c->at + length;
	return right && !c->ran_out;
}

/* Skips a whole element. */
static bool step_over(struct cursor *c, uint8_t tag)
{
	uint64_t end;

	if (!enter(c, tag, &end))
		return false;
	cursor_seek(c, end);
	return !c->ran_out;
}

struct cms {
	bool rauc;
	bool foreign; /* its content is of PKCS #7: only a PE file's signature, told there */
	uint64_t end; /* of the signature */
	uint64_t from, until; /* what was signed; empty where it is not inside */
};

static struct fault read_cms(struct span in, struct cms *m)
{
	struct cursor c = { .in = in };
	struct span oid;
	uint64_t end, inner, until;

	if (!enter(&c, 0x30, &m->end))
		return fault_at(FAULT_BROKEN, 0, "sequence", 0, 0);
	oid = cursor_span(&c, sizeof(signed_data));
	if (c.ran_out || memcmp(oid.p, signed_data, sizeof(signed_data)) != 0)
		return fault_at(FAULT_UNKNOWN, c.at, "type", 0, 0);
	if (!enter(&c, 0xa0, &end) || end != m->end || !enter(&c, 0x30, &end) || end != m->end ||
	    !step_over(&c, 0x02) || !step_over(&c, 0x31) || !enter(&c, 0x30, &inner) ||
	    inner > m->end)
		return fault_at(FAULT_BROKEN, c.at, "signed data", end, m->end);
	if (!step_over(&c, 0x06) || c.at > inner)
		return fault_at(FAULT_BROKEN, c.at, "type of the content", 0, 0);
	m->from = m->until = inner;
	if (c.at < inner && enter(&c, 0xa0, &until) && until == inner) {
		m->foreign = span_byte(in, c.at) != 0x04;
		if (!m->foreign && enter(&c, 0x04, &until) && until == inner)
			m->from = c.at;
	}
	m->rauc = m->end == span_u64(in, m->end, true);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct cms m = { 0 };
	struct fault bad = read_cms(in, &m);

	if (bad.kind)
		return bad;
	f->len = part_bound(m.end + (m.rauc ? LENGTH_FIELD : 0), in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, m.rauc ? "signature of a RAUC bundle" : "signed data",
		  (struct span){ 0 });
	return fine;
}

/* Whether what stands before it is the file system and the hash tree of a bundle, and the manifest
 * that was signed has the root hash of that tree. */
static bool binds_bundle(const struct listing *l, const struct cms *m)
{
	struct span before = l->before;

	return m->rauc && m->until > m->from && before.p && l->in.p == before.p + before.n &&
	       rauc_tree_holds((struct span){ before.p, before.n + (size_t)m->end + LENGTH_FIELD });
}

/* A bundle of RAUC whose manifest is not inside (format "plain") is signed as a whole, up to the
 * signature. What other detached signatures sign is not told. */
static void add_signature(struct listing *l, const struct cms *m)
{
	struct byte_range content = { m->from, m->until - m->from };
	struct signature s = { .by = SIGNING_CMS,
			       .value = span_head(l->in, m->end),
			       .length = m->end,
			       .before = m->rauc && content.length == 0,
			       .bound_before = l->in.n >= m->end && binds_bundle(l, m),
			       .covers = &content,
			       .cover_count = content.length > 0 };

	if (l->in.n >= m->end && !m->foreign)
		listing_signature(l, &s);
}

static struct fault list(struct listing *l)
{
	struct cms m = { 0 };
	struct fault bad = read_cms(l->in, &m);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	add_signature(l, &m);
	part_list(l, m.from, m.from, m.until - m.from, "content");
	part_owned(l, m.until, l->in.n, "certificates and signatures");
	if (l->in.n < m.end)
		listing_fault(l, fault_at(FAULT_SHORT, 1, "length", l->in.n, m.end));
	return fine;
}

/* -- what its own bytes are -- */

/* Skips an element that may be missing. */
static bool step_maybe(struct cursor *c, uint8_t tag)
{
	return span_byte(c->in, c->at) != tag || step_over(c, tag);
}

/* A SignerInfo without unsigned attributes: nothing in it is free but what is signed. */
static bool signer_holds(struct cursor *c)
{
	uint64_t end;
	struct cursor inner;

	if (!enter(c, 0x30, &end))
		return false;
	inner = *c;
	inner.in = span_head(c->in, end);
	if (!step_over(&inner, 0x02) || !step_maybe(&inner, 0x30) || !step_maybe(&inner, 0x80) ||
	    !step_over(&inner, 0x30) || !step_maybe(&inner, 0xa0) || !step_over(&inner, 0x30) ||
	    !step_over(&inner, 0x04) || inner.at != end)
		return false;
	cursor_seek(c, end);
	return !c->ran_out;
}

/* Certificates: each a sequence of what is certified, an algorithm and a signature. */
static bool certificates_hold(struct cursor *c, uint64_t until)
{
	while (c->at < until) {
		uint64_t end;

		if (!enter(c, 0x30, &end) || end > until || !step_over(c, 0x30) ||
		    !step_over(c, 0x30) || !step_over(c, 0x03) || c->at != end)
			return false;
	}
	return c->at == until;
}

/* Behind the content stand certificates, lists of revoked ones, and those who signed; nothing
 * else. */
static bool tail_holds(struct span in, const struct cms *m)
{
	struct cursor c = { .in = span_head(in, m->end) };
	uint64_t end;

	cursor_seek(&c, m->until);
	if (span_byte(c.in, c.at) == 0xa0 &&
	    (!enter(&c, 0xa0, &end) || !certificates_hold(&c, end)))
		return false;
	if (!step_maybe(&c, 0xa1) || !enter(&c, 0x31, &end) || end != m->end || c.at == end)
		return false;
	while (c.at < end)
		if (!signer_holds(&c))
			return false;
	return c.at == end;
}

static uint64_t behind_certificates(struct span in, const struct cms *m)
{
	struct cursor c = { .in = span_head(in, m->end) };

	cursor_seek(&c, m->until);
	return step_maybe(&c, 0xa0) ? c.at : m->until;
}

/* Certificates and signatures are regions of the container's own, and named here too. */
static void own(const struct listing *l, struct own_list *out)
{
	struct own_map map = { .out = out };
	struct cms m = { 0 };
	uint64_t behind;
	bool holds;

	if (read_cms(l->in, &m).kind || m.end > l->in.n)
		return;
	holds = tail_holds(l->in, &m);
	behind = holds ? behind_certificates(l->in, &m) : m.until;
	own_add(out, 0, m.from, own_if(holds, OWN_SIGNATURE), "signature");
	own_content(&map, m.from, m.until - m.from);
	own_add(out, m.until, behind - m.until, own_if(holds, OWN_CERTIFICATE), "certificates");
	own_add(out, behind, m.end - behind, own_if(holds, OWN_SIGNATURE), "signers");
	if (m.rauc)
		own_add(out, m.end, LENGTH_FIELD, OWN_STRUCTURE, "length");
	own_finish(&map, l->in.n, "unused");
}

const struct format format_cms = {
	.name = "cms",
	.says = "signed data (CMS, PKCS #7) in DER, signature of a RAUC bundle",
	.domain = DOMAIN_GENERIC,
	.spec = "RFC 5652, section 5; rauc/rauc docs/reference.rst, bundle format",
	.shape = SHAPE_CONTAINER,
	.magic = { { 4, 11, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" },
		   { 5, 11, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" } },
	.probe = probe,
	.list = list,
	.own = own,
};

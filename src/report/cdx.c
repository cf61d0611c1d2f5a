/* cdx.c - CycloneDX 1.6: the image, its components with evidence, the programs that none accounts
 * for, cryptographic assets, known vulnerabilities, who needs whom, and how complete that is. */
#include "report/cdx.h"

#include "know/know.h"

/* How a component is known, and what that is worth. The figures are fixed by the way, never by the
 * case: docs/exports.md gives the reasons. */
static const struct way {
	const char *source, *technique;
	unsigned hundredths;
} ways[] = {
	{ "package-database", "manifest-analysis", 90 },
	{ "language-package", "manifest-analysis", 90 },
	{ "kernel", "binary-analysis", 90 },
	{ "banner", "binary-analysis", 80 },
	{ "symbols", "binary-analysis", 80 },
	{ "filename", "filename", 60 },
	{ NULL, "other", 50 },
};

static const struct way *way_of(const char *source)
{
	const struct way *w = ways;

	while (w->source && (!source || strcmp(w->source, source) != 0))
		w++;
	return w;
}

/* -- pieces -- */

void cdx_property(struct json *j, const char *name, struct span value)
{
	json_object(j);
	member_format(j, "name", "evenhand:%s", name);
	member_bytes(j, "value", value);
	json_object_end(j);
}

void cdx_property_u64(struct json *j, const char *name, uint64_t value)
{
	json_object(j);
	member_format(j, "name", "evenhand:%s", name);
	member_format(j, "value", "%llu", (unsigned long long)value);
	json_object_end(j);
}

static void put_hash(struct json *j, const char *algorithm, const uint8_t *digest, size_t n)
{
	json_object(j);
	member_text(j, "alg", algorithm);
	member_hex(j, "content", digest, n);
	json_object_end(j);
}

static void put_node_hash(struct json *j, const struct node *n)
{
	if (!n->has_sha256)
		return;
	member_array(j, "hashes");
	put_hash(j, "SHA-256", n->sha256, SHA256_SIZE);
	json_array_end(j);
}

void cdx_occurrence(struct export *x, const struct node *n, const struct fact *f)
{
	struct json *j = &x->j;
	struct text t = { 0 };

	json_object(j);
	member_locator(x, "location", n);
	if (f && f->line)
		member_u64(j, "line", f->line);
	if (f)
		member_u64(j, "offset", f->offset);
	if (n->has_sha256) {
		text_puts(&t, "sha256:");
		text_hex(&t, (struct span){ n->sha256, SHA256_SIZE });
		member_bytes(j, "additionalContext", text_span(&t));
		text_free(&t);
	}
	json_object_end(j);
}

static void put_license(struct json *j, struct span license)
{
	enum license_form form = license_form(license);

	if (form == LICENSE_NONE)
		return;
	member_array(j, "licenses");
	json_object(j);
	if (form == LICENSE_EXPRESSION) {
		member_bytes(j, "expression", license);
	} else {
		member_object(j, "license");
		member_bytes(j, form == LICENSE_ID ? "id" : "name", license);
		json_object_end(j);
	}
	json_object_end(j);
	json_array_end(j);
}

/* -- components -- */

static void put_identity(struct json *j, const struct component_fact *c, const char *field,
			 struct span value)
{
	const struct way *way = way_of(c->source);

	json_object(j);
	member_text(j, "field", field);
	json_key(j, "confidence");
	json_hundredths(j, way->hundredths);
	member_bytes(j, "concludedValue", value);
	member_array(j, "methods");
	json_object(j);
	member_text(j, "technique", way->technique);
	json_key(j, "confidence");
	json_hundredths(j, way->hundredths);
	member_text(j, "value", c->source ? c->source : "");
	json_object_end(j);
	json_array_end(j);
	member_array(j, "tools");
	json_text(j, span_text("evenhand"));
	json_array_end(j);
	json_object_end(j);
}

static void put_evidence(struct export *x, const struct component_fact *c)
{
	struct json *j = &x->j;

	member_object(j, "evidence");
	member_array(j, "identity");
	put_identity(j, c, "name", c->name);
	if (c->version.n)
		put_identity(j, c, "version", c->version);
	json_array_end(j);
	member_array(j, "occurrences");
	cdx_occurrence(x, c->f.node, &c->f);
	for (uint32_t i = 0; i < c->nodes.n; i++)
		if (c->nodes.p[i] != c->f.node)
			cdx_occurrence(x, c->nodes.p[i], NULL);
	json_array_end(j);
	json_object_end(j);
}

static void put_component(struct export *x, const struct component_fact *c)
{
	static const char *const types[] = {
		[USE_APPLICATION] = "application",
		[USE_LIBRARY] = "library",
		[USE_SYSTEM] = "operating-system",
	};
	struct json *j = &x->j;

	json_object(j);
	member_text(j, "type", types[bill_use(c)]);
	member_format(j, "bom-ref", "component-%u", c->f.id);
	member_bytes(j, "name", c->name);
	if (c->version.n)
		member_bytes(j, "version", c->version);
	if (c->nodes.n == 1)
		put_node_hash(j, c->nodes.p[0]);
	put_license(j, c->license);
	if (is_cpe(c->cpe))
		member_bytes(j, "cpe", c->cpe);
	if (is_purl(c->purl))
		member_bytes(j, "purl", c->purl);
	put_evidence(x, c);
	json_object_end(j);
}

/* A program or library of which nothing but its bytes is known. */
static void put_file(struct export *x, const struct node *n)
{
	struct json *j = &x->j;
	struct span name = node_name(n);

	json_object(j);
	member_text(j, "type", "file");
	member_format(j, "bom-ref", "file-%u", n->id);
	member_bytes(j, "name", name.n ? name : span_text("program"));
	put_node_hash(j, n);
	member_object(j, "evidence");
	member_array(j, "occurrences");
	cdx_occurrence(x, n, NULL);
	json_array_end(j);
	json_object_end(j);
	json_object_end(j);
}

static void put_components(struct export *x, const struct bill *b)
{
	member_array(&x->j, "components");
	for (uint32_t i = 0; i < b->components; i++)
		put_component(x, bill_component(b, i));
	for (uint32_t i = 0; i < b->file_count; i++)
		put_file(x, b->files[i]);
	cdx_crypto(x);
	json_array_end(&x->j);
}

/* -- the document's head -- */

static void put_image(struct export *x)
{
	const struct identity_fact *f = image_identity(x->r);
	const struct coverage *c = x->r->coverage;
	struct json *j = &x->j;

	member_object(j, "component");
	member_text(j, "type", "firmware");
	member_text(j, "bom-ref", "image");
	if (f && f->vendor.n) {
		member_object(j, "supplier");
		member_bytes(j, "name", f->vendor);
		json_object_end(j);
	}
	member_bytes(j, "name", image_name(x->r));
	if (f && f->version.n)
		member_bytes(j, "version", f->version);
	member_array(j, "hashes");
	put_hash(j, "SHA-256", x->r->image_sha256, SHA256_SIZE);
	put_hash(j, "SHA-512", x->r->image_sha512, SHA512_SIZE);
	json_array_end(j);
	member_array(j, "properties");
	cdx_property_u64(j, "size", x->r->image_size);
	for (int s = STATE_UNDERSTOOD; s <= STATE_QUARANTINED; s++) {
		char name[40];

		snprintf(name, sizeof(name), "bytes-%s", state_name((enum state)s));
		cdx_property_u64(j, name, c->bytes[s]);
	}
	json_array_end(j);
	json_object_end(j);
}

static void put_metadata(struct export *x)
{
	struct json *j = &x->j;
	struct text t = { 0 };

	member_object(j, "metadata");
	if (x->time_given)
		member_text(j, "timestamp", x->time);
	member_array(j, "lifecycles");
	json_object(j);
	member_text(j, "phase", "post-build");
	json_object_end(j);
	json_array_end(j);
	member_object(j, "tools");
	member_array(j, "components");
	json_object(j);
	member_text(j, "type", "application");
	member_text(j, "bom-ref", "evenhand");
	member_text(j, "name", "evenhand");
	member_text(j, "version", EVENHAND_VERSION);
	json_object_end(j);
	json_array_end(j);
	json_object_end(j);
	put_image(x);
	member_array(j, "properties");
	text_hex(&t, (struct span){ x->digest, sizeof(x->digest) });
	cdx_property(j, "report-sha256", text_span(&t));
	text_free(&t);
	cdx_property(j, "knowledge-observing", span_text(knowledge_observing));
	cdx_property(j, "knowledge-judging", span_text(knowledge_judging));
	json_array_end(j);
	json_object_end(j);
}

/* -- who needs whom -- */

static void put_ref(struct json *j, const struct bill *b, uint32_t element, const char *key)
{
	char ref[24];

	if (element < b->components)
		snprintf(ref, sizeof(ref), "component-%u", element);
	else
		snprintf(ref, sizeof(ref), "file-%u", b->files[element - b->components]->id);
	if (key)
		member_text(j, key, ref);
	else
		json_text(j, span_text(ref));
}

static void put_dependencies(struct export *x, const struct bill *b)
{
	struct json *j = &x->j;
	uint32_t at = 0;

	member_array(j, "dependencies");
	json_object(j);
	member_text(j, "ref", "image");
	member_array(j, "dependsOn");
	for (uint32_t i = 0; i < b->components + b->file_count; i++)
		put_ref(j, b, i, NULL);
	json_array_end(j);
	json_object_end(j);
	for (uint32_t i = 0; i < b->components + b->file_count; i++) {
		if (at == b->edge_count || b->edges[at].from != i)
			continue;
		json_object(j);
		put_ref(j, b, i, "ref");
		member_array(j, "dependsOn");
		for (; at < b->edge_count && b->edges[at].from == i; at++)
			put_ref(j, b, b->edges[at].to, NULL);
		json_array_end(j);
		json_object_end(j);
	}
	json_array_end(j);
}

/* Nobody can tell from an image alone that a list of its parts is complete; where bytes were not
 * understood it surely may not be. */
static void put_compositions(struct export *x)
{
	struct json *j = &x->j;

	member_array(j, "compositions");
	json_object(j);
	member_text(j, "aggregate", x->r->coverage->blind_count ? "incomplete" : "unknown");
	member_array(j, "assemblies");
	json_text(j, span_text("image"));
	json_array_end(j);
	member_array(j, "dependencies");
	json_text(j, span_text("image"));
	json_array_end(j);
	json_object_end(j);
	json_array_end(j);
}

void report_cdx(const struct report *r, struct span json, struct text *out)
{
	struct export x;
	struct bill b;

	export_begin(&x, r, "cyclonedx", json, out);
	bill_make(&b, r);
	out->failed |= b.failed;
	if (!out->failed) {
		json_object(&x.j);
		member_text(&x.j, "$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
		member_text(&x.j, "bomFormat", "CycloneDX");
		member_text(&x.j, "specVersion", "1.6");
		member_format(&x.j, "serialNumber", "urn:uuid:%s", x.uuid);
		member_u64(&x.j, "version", 1);
		put_metadata(&x);
		put_components(&x, &b);
		put_dependencies(&x, &b);
		put_compositions(&x);
		cdx_vulnerabilities(&x);
		json_object_end(&x.j);
	}
	bill_free(&b);
	export_end(&x);
}

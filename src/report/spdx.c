/* spdx.c - SPDX 2.3: the image, a package for each component and for each file that matters. Files
 * are packages of purpose FILE, because SPDX's own files must carry a SHA-1, and evenhand computes
 * none: a digest that can be forged is no evidence. */
#include <stdlib.h>

#include "report/bill.h"

static void put_checksum(struct json *j, const char *algorithm, const uint8_t *digest, size_t n)
{
	json_object(j);
	member_text(j, "algorithm", algorithm);
	member_hex(j, "checksumValue", digest, n);
	json_object_end(j);
}

/* -- packages -- */

/* What every package has to say, and of which an image knows nothing. */
static void begin_package(struct json *j, const char *id, struct span name, const char *purpose)
{
	json_object(j);
	member_text(j, "SPDXID", id);
	member_bytes(j, "name", name.n ? name : span_text("unnamed"));
	member_text(j, "downloadLocation", "NOASSERTION");
	json_key(j, "filesAnalyzed");
	json_bool(j, false);
	member_text(j, "primaryPackagePurpose", purpose);
	member_text(j, "licenseConcluded", "NOASSERTION");
	member_text(j, "copyrightText", "NOASSERTION");
}

static void put_image(struct export *x)
{
	const struct identity_fact *f = image_identity(x->r);
	struct json *j = &x->j;

	begin_package(j, "SPDXRef-image", image_name(x->r), "FIRMWARE");
	if (f && f->version.n)
		member_bytes(j, "versionInfo", f->version);
	member_text(j, "licenseDeclared", "NOASSERTION");
	member_array(j, "checksums");
	put_checksum(j, "SHA256", x->r->image_sha256, SHA256_SIZE);
	put_checksum(j, "SHA512", x->r->image_sha512, SHA512_SIZE);
	json_array_end(j);
	json_object_end(j);
}

static void put_license(struct json *j, struct span license)
{
	enum license_form form = license_form(license);

	if (form == LICENSE_ID || form == LICENSE_EXPRESSION)
		member_bytes(j, "licenseDeclared", license);
	else
		member_text(j, "licenseDeclared", "NOASSERTION");
	if (form == LICENSE_NAME)
		member_bytes(j, "licenseComments", license);
}

static void put_reference(struct json *j, const char *category, const char *type,
			  struct span locator)
{
	json_object(j);
	member_text(j, "referenceCategory", category);
	member_text(j, "referenceType", type);
	member_bytes(j, "referenceLocator", locator);
	json_object_end(j);
}

static void put_component(struct export *x, const struct component_fact *c)
{
	static const char *const purposes[] = {
		[USE_APPLICATION] = "APPLICATION",
		[USE_LIBRARY] = "LIBRARY",
		[USE_SYSTEM] = "OPERATING_SYSTEM",
	};
	struct json *j = &x->j;
	char id[40];

	snprintf(id, sizeof(id), "SPDXRef-component-%u", c->f.id);
	begin_package(j, id, c->name, purposes[bill_use(c)]);
	if (c->version.n)
		member_bytes(j, "versionInfo", c->version);
	put_license(j, c->license);
	if (is_purl(c->purl) || is_cpe(c->cpe)) {
		member_array(j, "externalRefs");
		if (is_purl(c->purl))
			put_reference(j, "PACKAGE-MANAGER", "purl", c->purl);
		if (is_cpe(c->cpe))
			put_reference(j, "SECURITY", "cpe23Type", c->cpe);
		json_array_end(j);
	}
	if (c->source)
		member_format(j, "comment", "known by: %s", c->source);
	json_object_end(j);
}

static void file_id(char *id, size_t size, const struct node *n)
{
	snprintf(id, size, "SPDXRef-file-%u", n->id);
}

static void put_file(struct export *x, const struct node *n)
{
	struct json *j = &x->j;
	char id[40];

	file_id(id, sizeof(id), n);
	begin_package(j, id, node_name(n), "FILE");
	member_text(j, "licenseDeclared", "NOASSERTION");
	member_locator(x, "packageFileName", n);
	if (n->has_sha256) {
		member_array(j, "checksums");
		put_checksum(j, "SHA256", n->sha256, SHA256_SIZE);
		json_array_end(j);
	}
	json_object_end(j);
}

static void put_packages(struct export *x, const struct bill *b)
{
	member_array(&x->j, "packages");
	put_image(x);
	for (uint32_t i = 0; i < b->components; i++)
		put_component(x, bill_component(b, i));
	for (uint32_t i = 0; i < b->copy_count; i++)
		put_file(x, b->copies[i]);
	for (uint32_t i = 0; i < b->file_count; i++)
		put_file(x, b->files[i]);
	json_array_end(&x->j);
}

/* -- relationships -- */

static void relate(struct json *j, const char *from, const char *how, const char *to)
{
	json_object(j);
	member_text(j, "spdxElementId", from);
	member_text(j, "relationshipType", how);
	member_text(j, "relatedSpdxElement", to);
	json_object_end(j);
}

static void element_id(char *id, size_t size, const struct bill *b, uint32_t element)
{
	if (element < b->components)
		snprintf(id, size, "SPDXRef-component-%u", element);
	else
		file_id(id, size, b->files[element - b->components]);
}

static void put_relationships(struct export *x, const struct bill *b)
{
	struct json *j = &x->j;
	char from[40], to[40];

	member_array(j, "relationships");
	relate(j, "SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-image");
	for (uint32_t i = 0; i < b->components + b->file_count; i++) {
		element_id(to, sizeof(to), b, i);
		relate(j, "SPDXRef-image", "CONTAINS", to);
	}
	for (uint32_t i = 0; i < b->components; i++) {
		const struct node_list *list = &bill_component(b, i)->nodes;

		element_id(from, sizeof(from), b, i);
		for (uint32_t k = 0; k < list->n; k++) {
			file_id(to, sizeof(to), list->p[k]);
			relate(j, from, "CONTAINS", to);
		}
	}
	for (uint32_t i = 0; i < b->edge_count; i++) {
		element_id(from, sizeof(from), b, b->edges[i].from);
		element_id(to, sizeof(to), b, b->edges[i].to);
		relate(j, from, "DEPENDS_ON", to);
	}
	json_array_end(j);
}

/* -- licences that the list does not know -- */

static int by_span(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* Those that expressions name; *list is NULL when memory is out. */
static uint32_t license_refs(const struct bill *b, struct span **list)
{
	uint32_t n = 0, room = 0;
	struct span ref;

	*list = NULL;
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < b->components; i++) {
			struct span license = bill_component(b, i)->license;
			size_t at = 0;

			if (license_form(license) != LICENSE_EXPRESSION)
				continue;
			while (license_ref_next(license, &at, &ref)) {
				if (*list && n < room)
					(*list)[n++] = ref;
				room += pass == 0;
			}
		}
		if (pass == 0)
			*list = calloc((size_t)room + 1, sizeof(ref));
	}
	return n;
}

static void put_license_refs(struct export *x, const struct bill *b)
{
	struct json *j = &x->j;
	struct span *list;
	uint32_t n = license_refs(b, &list);

	j->out->failed |= !list;
	if (n)
		qsort(list, n, sizeof(*list), by_span);
	if (n)
		member_array(j, "hasExtractedLicensingInfos");
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0 && span_equal(list[i], list[i - 1]))
			continue;
		json_object(j);
		member_bytes(j, "licenseId", list[i]);
		member_text(j, "extractedText", "The image does not hold the text.");
		member_bytes(j, "name", list[i]);
		json_object_end(j);
	}
	if (n)
		json_array_end(j);
	free(list);
}

/* -- the document -- */

static void put_creation(struct export *x)
{
	struct json *j = &x->j;

	member_object(j, "creationInfo");
	member_text(j, "created", x->time);
	member_array(j, "creators");
	json_text(j, span_text("Tool: evenhand-" EVENHAND_VERSION));
	json_array_end(j);
	member_text(j, "comment",
		    x->time_given ? "The time is the date that --as-of gave."
				  : "The time is the newest in the image, or 1970 where it has "
				    "none: the same image gives the same document.");
	json_object_end(j);
}

static void put_head(struct export *x)
{
	struct json *j = &x->j;
	struct text t = { 0 };

	member_text(j, "SPDXID", "SPDXRef-DOCUMENT");
	member_text(j, "spdxVersion", "SPDX-2.3");
	member_text(j, "dataLicense", "CC0-1.0");
	member_bytes(j, "name", image_name(x->r));
	/* The form that SPDX keeps for creators without a site of their own. */
	member_format(j, "documentNamespace", "http://spdx.org/spdxdocs/evenhand-%s", x->uuid);
	put_creation(x);
	text_puts(&t, "evenhand report sha256:");
	text_hex(&t, (struct span){ x->digest, sizeof(x->digest) });
	if (x->r->coverage->blind_count)
		text_format(&t, "; %u places in the image were not understood",
			    x->r->coverage->blind_count);
	member_bytes(j, "comment", text_span(&t));
	text_free(&t);
}

void report_spdx(const struct report *r, struct span json, struct text *out)
{
	struct export x;
	struct bill b;

	export_begin(&x, r, "spdx", json, out);
	bill_make(&b, r);
	out->failed |= b.failed;
	if (!out->failed) {
		json_object(&x.j);
		put_head(&x);
		put_packages(&x, &b);
		put_relationships(&x, &b);
		put_license_refs(&x, &b);
		json_object_end(&x.j);
	}
	bill_free(&b);
	export_end(&x);
}

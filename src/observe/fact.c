/* fact.c - the tables of fields, and the lists of a finished tree. */
#include "observe/fact.h"

#include <stdlib.h>

#define AT(type, member) offsetof(struct type, member)

static const struct field account_fields[] = {
	{ "name", FIELD_SPAN, AT(account_fact, name), 0 },
	{ "uid", FIELD_U64, AT(account_fact, uid), 0 },
	{ "gid", FIELD_U64, AT(account_fact, gid), 0 },
	{ "shell", FIELD_SPAN, AT(account_fact, shell), 0 },
	{ "can_log_in", FIELD_BOOL, AT(account_fact, can_log_in), 0 },
	{ "hash_node", FIELD_NODE, AT(account_fact, hash_node), 0 },
	{ "hash_line", FIELD_U32, AT(account_fact, hash_line), 0 },
	{ "passwords_tried", FIELD_U64, AT(account_fact, passwords_tried), 0 },
	{ "password", FIELD_PASSWORD, AT(account_fact, password), AT(account_fact, has_password) },
	{ "state", FIELD_NAME, AT(account_fact, state), 0 },
	{ "scheme", FIELD_NAME_OR_NULL, AT(account_fact, scheme), 0 },
};

static const struct field hash_fields[] = {
	{ "account", FIELD_SPAN, AT(hash_fact, account), 0 },
	{ "scheme", FIELD_NAME_OR_NULL, AT(hash_fact, scheme), 0 },
	{ "cost", FIELD_U64, AT(hash_fact, cost), 0 },
	{ "salt", FIELD_SPAN, AT(hash_fact, salt), 0 },
	{ "passwords_tried", FIELD_U64, AT(hash_fact, passwords_tried), 0 },
	{ "passwords_known", FIELD_U64, AT(hash_fact, passwords_known), 0 },
	{ "untried", FIELD_NAME_OR_NULL, AT(hash_fact, untried), 0 },
	{ "password", FIELD_PASSWORD, AT(hash_fact, password), AT(hash_fact, has_password) },
};

static const struct field key_fields[] = {
	{ "kind", FIELD_NAME, AT(key_fact, key_kind), 0 },
	{ "algorithm", FIELD_NAME_OR_NULL, AT(key_fact, algorithm), 0 },
	{ "curve", FIELD_NAME_OR_NULL, AT(key_fact, curve), 0 },
	{ "bits", FIELD_U32, AT(key_fact, bits), 0 },
	{ "encoding", FIELD_NAME_OR_NULL, AT(key_fact, encoding), 0 },
	{ "encrypted", FIELD_BOOL, AT(key_fact, encrypted), 0 },
	{ "spki_sha256", FIELD_SPAN_OR_NULL, AT(key_fact, spki_sha256), 0 },
	{ "known", FIELD_SPAN_OR_NULL, AT(key_fact, known), 0 },
	{ "weaknesses", FIELD_SPANS_OR_NULL, AT(key_fact, weaknesses), 0 },
};

static const struct field certificate_fields[] = {
	{ "subject", FIELD_SPAN, AT(certificate_fact, subject), 0 },
	{ "issuer", FIELD_SPAN, AT(certificate_fact, issuer), 0 },
	{ "not_before", FIELD_SPAN, AT(certificate_fact, not_before), 0 },
	{ "not_after", FIELD_SPAN, AT(certificate_fact, not_after), 0 },
	{ "self_signed", FIELD_BOOL, AT(certificate_fact, self_signed), 0 },
	{ "is_ca", FIELD_BOOL, AT(certificate_fact, is_ca), 0 },
	{ "signature", FIELD_SPAN, AT(certificate_fact, signature), 0 },
	{ "key_algorithm", FIELD_NAME_OR_NULL, AT(certificate_fact, key_algorithm), 0 },
	{ "key_bits", FIELD_U32, AT(certificate_fact, key_bits), 0 },
	{ "sha256", FIELD_SPAN, AT(certificate_fact, sha256), 0 },
	{ "spki_sha256", FIELD_SPAN, AT(certificate_fact, spki_sha256), 0 },
	{ "weaknesses", FIELD_SPANS_OR_NULL, AT(certificate_fact, weaknesses), 0 },
};

static const struct field secret_fields[] = {
	{ "rule", FIELD_SPAN, AT(secret_fact, rule), 0 },
	{ "what", FIELD_SPAN, AT(secret_fact, what), 0 },
	{ "masked", FIELD_SPAN, AT(secret_fact, masked), 0 },
	{ "holder", FIELD_NAME, AT(secret_fact, holder), 0 },
	{ "published", FIELD_BOOL, AT(secret_fact, published), 0 },
};

static const struct field component_fields[] = {
	{ "name", FIELD_SPAN, AT(component_fact, name), 0 },
	{ "version", FIELD_SPAN_OR_NULL, AT(component_fact, version), 0 },
	{ "purl", FIELD_SPAN_OR_NULL, AT(component_fact, purl), 0 },
	{ "cpe", FIELD_SPAN_OR_NULL, AT(component_fact, cpe), 0 },
	{ "license", FIELD_SPAN_OR_NULL, AT(component_fact, license), 0 },
	{ "origin", FIELD_SPAN_OR_NULL, AT(component_fact, origin), 0 },
	{ "source", FIELD_NAME, AT(component_fact, source), 0 },
	{ "nodes", FIELD_NODES, AT(component_fact, nodes), 0 },
	{ "linked", FIELD_NODES, AT(component_fact, linked), 0 },
};

static const struct field executable_fields[] = {
	{ "machine", FIELD_SPAN, AT(executable_fact, machine), 0 },
	{ "class", FIELD_U32, AT(executable_fact, bits), 0 },
	{ "endian", FIELD_NAME, AT(executable_fact, endian), 0 },
	{ "type", FIELD_NAME, AT(executable_fact, type), 0 },
	{ "nx", FIELD_TRI, AT(executable_fact, nx), 0 },
	{ "canary", FIELD_TRI, AT(executable_fact, canary), 0 },
	{ "fortify", FIELD_TRI, AT(executable_fact, fortify), 0 },
	{ "stripped", FIELD_TRI, AT(executable_fact, stripped), 0 },
	{ "static", FIELD_TRI, AT(executable_fact, is_static), 0 },
	{ "pie", FIELD_NAME, AT(executable_fact, pie), 0 },
	{ "relro", FIELD_NAME_OR_NULL, AT(executable_fact, relro), 0 },
	{ "rpath", FIELD_SPAN_OR_NULL, AT(executable_fact, rpath), 0 },
	{ "runpath", FIELD_SPAN_OR_NULL, AT(executable_fact, runpath), 0 },
	{ "interpreter", FIELD_SPAN_OR_NULL, AT(executable_fact, interpreter), 0 },
	{ "needed", FIELD_SPANS, AT(executable_fact, needed), 0 },
	{ "build_id", FIELD_SPAN_OR_NULL, AT(executable_fact, build_id), 0 },
	{ "unsafe", FIELD_SPANS, AT(executable_fact, unsafe_calls), 0 },
	{ "safe", FIELD_SPANS, AT(executable_fact, safe_calls), 0 },
	{ "text_relocations", FIELD_TRI, AT(executable_fact, text_relocations), 0 },
	{ "control_flow", FIELD_SPANS, AT(executable_fact, control_flow), 0 },
	{ "writable_code", FIELD_NAME_OR_NULL, AT(executable_fact, writable_code), 0 },
	{ "packed", FIELD_NAME_OR_NULL, AT(executable_fact, packed), 0 },
	{ "calls", FIELD_SPANS, AT(executable_fact, calls), 0 },
	{ "time_bits", FIELD_U32_OR_NULL, AT(executable_fact, time_bits), 0 },
	{ "calls_read", FIELD_TRI, AT(executable_fact, calls_read), 0 },
};

static const struct field service_fields[] = {
	{ "name", FIELD_SPAN, AT(service_fact, name), 0 },
	{ "kind", FIELD_NAME, AT(service_fact, service_kind), 0 },
	{ "enabled", FIELD_BOOL, AT(service_fact, enabled), 0 },
	{ "command", FIELD_SPAN, AT(service_fact, command), 0 },
	{ "user", FIELD_SPAN_OR_NULL, AT(service_fact, user), 0 },
	{ "protocol", FIELD_SPAN_OR_NULL, AT(service_fact, protocol), 0 },
	{ "address", FIELD_SPAN_OR_NULL, AT(service_fact, address), 0 },
	{ "port", FIELD_U32_OR_NULL, AT(service_fact, port), 0 },
	{ "condition", FIELD_SPAN_OR_NULL, AT(service_fact, condition), 0 },
	{ "program", FIELD_NODE, AT(service_fact, program), 0 },
};

static const struct field privilege_fields[] = {
	{ "kind", FIELD_NAME, AT(privilege_fact, privilege_kind), 0 },
	{ "mode", FIELD_MODE, AT(privilege_fact, mode), 0 },
	{ "detail", FIELD_SPAN, AT(privilege_fact, detail), 0 },
};

static const struct field update_fields[] = {
	{ "kind", FIELD_NAME, AT(update_fact, update_kind), 0 },
	{ "what", FIELD_SPAN_OR_NULL, AT(update_fact, what), 0 },
	{ "value", FIELD_SPAN_OR_NULL, AT(update_fact, value), 0 },
	{ "algorithm", FIELD_NAME_OR_NULL, AT(update_fact, algorithm), 0 },
	{ "digest", FIELD_NAME_OR_NULL, AT(update_fact, digest), 0 },
	{ "bits", FIELD_U32, AT(update_fact, bits), 0 },
	{ "key", FIELD_SPAN_OR_NULL, AT(update_fact, key), 0 },
	{ "signed", FIELD_RANGES, AT(update_fact, covered), 0 },
	{ "signed_by_digest", FIELD_RANGES, AT(update_fact, bound), 0 },
	{ "unsigned_bytes", FIELD_U64, AT(update_fact, uncovered), 0 },
	{ "verified", FIELD_TRI, AT(update_fact, verified), 0 },
	{ "key_from", FIELD_NAME_OR_NULL, AT(update_fact, key_from), 0 },
	{ "spki_sha256", FIELD_SPAN_OR_NULL, AT(update_fact, spki_sha256), 0 },
};

static const struct field kernel_fields[] = {
	{ "kind", FIELD_NAME, AT(kernel_fact, kernel_kind), 0 },
	{ "name", FIELD_SPAN, AT(kernel_fact, name), 0 },
	{ "value", FIELD_SPAN_OR_NULL, AT(kernel_fact, value), 0 },
	{ "from", FIELD_NAME, AT(kernel_fact, from), 0 },
	{ "license", FIELD_SPAN_OR_NULL, AT(kernel_fact, license), 0 },
	{ "signed", FIELD_TRI, AT(kernel_fact, is_signed), 0 },
};

static const struct field web_fields[] = {
	{ "kind", FIELD_NAME, AT(web_fact, web_kind), 0 },
	{ "name", FIELD_SPAN, AT(web_fact, name), 0 },
	{ "detail", FIELD_SPAN_OR_NULL, AT(web_fact, detail), 0 },
};

static const struct field endpoint_fields[] = {
	{ "kind", FIELD_NAME, AT(endpoint_fact, endpoint_kind), 0 },
	{ "value", FIELD_SPAN, AT(endpoint_fact, value), 0 },
	{ "scheme", FIELD_SPAN_OR_NULL, AT(endpoint_fact, scheme), 0 },
	{ "host", FIELD_SPAN_OR_NULL, AT(endpoint_fact, host), 0 },
	{ "port", FIELD_U32_OR_NULL, AT(endpoint_fact, port), 0 },
};

static const struct field availability_fields[] = {
	{ "kind", FIELD_NAME, AT(availability_fact, availability_kind), 0 },
	{ "name", FIELD_SPAN, AT(availability_fact, name), 0 },
	{ "value", FIELD_SPAN_OR_NULL, AT(availability_fact, value), 0 },
};

static const struct field indicator_fields[] = {
	{ "indicator", FIELD_SPAN, AT(indicator_fact, indicator), 0 },
	{ "kind", FIELD_NAME, AT(indicator_fact, indicator_kind), 0 },
	{ "strength", FIELD_NAME, AT(indicator_fact, strength), 0 },
	{ "what", FIELD_SPAN, AT(indicator_fact, what), 0 },
	{ "reference", FIELD_SPAN, AT(indicator_fact, reference), 0 },
};

static const struct field crypto_fields[] = {
	{ "kind", FIELD_NAME, AT(crypto_fact, crypto_kind), 0 },
	{ "name", FIELD_SPAN, AT(crypto_fact, name), 0 },
	{ "detail", FIELD_SPAN_OR_NULL, AT(crypto_fact, detail), 0 },
	{ "bits", FIELD_U32_OR_NULL, AT(crypto_fact, bits), 0 },
};

static const struct field vulnerability_fields[] = {
	{ "vulnerability", FIELD_SPAN, AT(vulnerability_fact, id), 0 },
	{ "component", FIELD_COMPONENT, AT(vulnerability_fact, component), 0 },
	{ "status", FIELD_NAME, AT(vulnerability_fact, status), 0 },
	{ "why", FIELD_SPAN_OR_NULL, AT(vulnerability_fact, why), 0 },
	{ "fixed_in", FIELD_SPAN_OR_NULL, AT(vulnerability_fact, fixed_in), 0 },
	{ "without_vex", FIELD_NAME_OR_NULL, AT(vulnerability_fact, without_vex), 0 },
	{ "exploited", FIELD_BOOL, AT(vulnerability_fact, exploited), 0 },
};

static const struct field dismissed_fields[] = {
	{ "rule", FIELD_SPAN, AT(dismissed_fact, rule), 0 },
	{ "what", FIELD_SPAN, AT(dismissed_fact, what), 0 },
	{ "masked", FIELD_SPAN, AT(dismissed_fact, masked), 0 },
	{ "why", FIELD_NAME, AT(dismissed_fact, why), 0 },
	{ "count", FIELD_U32, AT(dismissed_fact, count), 0 },
};

static const struct field identity_fields[] = {
	{ "vendor", FIELD_SPAN_OR_NULL, AT(identity_fact, vendor), 0 },
	{ "product", FIELD_SPAN_OR_NULL, AT(identity_fact, product), 0 },
	{ "version", FIELD_SPAN_OR_NULL, AT(identity_fact, version), 0 },
};

static const struct field constant_fields[] = {
	{ "kind", FIELD_NAME, AT(constant_fact, constant_kind), 0 },
	{ "call", FIELD_NAME, AT(constant_fact, call), 0 },
	{ "masked", FIELD_SPAN, AT(constant_fact, masked), 0 },
	{ "address", FIELD_U64, AT(constant_fact, address), 0 },
	{ "function", FIELD_U64, AT(constant_fact, function), 0 },
};

#define TABLE(list, one, fields, type)                                                             \
	{                                                                                          \
		list, one, fields, sizeof(fields) / sizeof((fields)[0]), sizeof(struct type)       \
	}

const struct fact_table fact_tables[FACT_LISTS] = {
	[FACT_ACCOUNT] = TABLE("accounts", "account", account_fields, account_fact),
	[FACT_HASH] = TABLE("hashes", "hash", hash_fields, hash_fact),
	[FACT_KEY] = TABLE("keys", "key", key_fields, key_fact),
	[FACT_CERTIFICATE] =
		TABLE("certificates", "certificate", certificate_fields, certificate_fact),
	[FACT_SECRET] = TABLE("secrets", "secret", secret_fields, secret_fact),
	[FACT_COMPONENT] = TABLE("components", "component", component_fields, component_fact),
	[FACT_EXECUTABLE] = TABLE("executables", "executable", executable_fields, executable_fact),
	[FACT_SERVICE] = TABLE("services", "service", service_fields, service_fact),
	[FACT_LISTENER] = TABLE("listeners", "listener", service_fields, service_fact),
	[FACT_PRIVILEGE] = TABLE("privileges", "privilege", privilege_fields, privilege_fact),
	[FACT_KERNEL] = TABLE("kernel", "kernel", kernel_fields, kernel_fact),
	[FACT_UPDATE] = TABLE("updates", "update", update_fields, update_fact),
	[FACT_WEB] = TABLE("web", "web", web_fields, web_fact),
	[FACT_ENDPOINT] = TABLE("endpoints", "endpoint", endpoint_fields, endpoint_fact),
	[FACT_AVAILABILITY] =
		TABLE("availability", "availability", availability_fields, availability_fact),
	[FACT_INDICATOR] = TABLE("indicators", "indicator", indicator_fields, indicator_fact),
	[FACT_CRYPTO] = TABLE("crypto", "crypto", crypto_fields, crypto_fact),
	[FACT_VULNERABILITY] =
		TABLE("vulnerabilities", "vulnerability", vulnerability_fields, vulnerability_fact),
	[FACT_DISMISSED] = TABLE("dismissed", "dismissed", dismissed_fields, dismissed_fact),
	[FACT_CONSTANT] = TABLE("constants", "constant", constant_fields, constant_fact),
	[FACT_IDENTITY] = TABLE("identity", "identity", identity_fields, identity_fact),
};

bool field_is_null(const struct fact *f, const struct field *field)
{
	const uint8_t *base = (const uint8_t *)f;
	const void *at = base + field->at;

	switch (field->type) {
	case FIELD_PASSWORD:
		return !*(const bool *)(base + field->with);
	case FIELD_SPAN_OR_NULL:
		return ((const struct span *)at)->n == 0;
	case FIELD_SPANS_OR_NULL:
		return !((const struct spans *)at)->p;
	case FIELD_U32_OR_NULL:
		return *(const uint32_t *)at == 0;
	case FIELD_TRI:
		return *(const enum tri *)at == TRI_NULL;
	case FIELD_NAME:
	case FIELD_NAME_OR_NULL:
	case FIELD_NODE:
		return !*(const void *const *)at;
	default:
		return false;
	}
}

void *fact_new(struct arena *a, struct node *n, enum fact_kind kind, uint64_t offset,
	       uint64_t length)
{
	struct fact *f = arena_take(a, 1, fact_tables[kind].size);

	if (!f)
		return NULL;
	f->kind = kind;
	f->node = n;
	f->offset = offset;
	f->length = length;
	if (n->last_fact)
		n->last_fact->next = f;
	else
		n->facts = f;
	n->last_fact = f;
	return f;
}

void facts_sweep(struct node *n)
{
	struct fact **at = &n->facts;

	n->last_fact = NULL;
	while (*at) {
		if ((*at)->node) {
			n->last_fact = *at;
			at = &(*at)->next;
		} else {
			*at = (*at)->next;
		}
	}
}

static int by_place(const void *a, const void *b)
{
	const struct fact *x = *(struct fact *const *)a, *y = *(struct fact *const *)b;

	if (x->node->id != y->node->id)
		return x->node->id < y->node->id ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	if (x->length != y->length)
		return x->length < y->length ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

bool facts_collect(struct node *const *nodes, uint32_t count, struct arena *a, struct facts *out)
{
	uint32_t at[FACT_LISTS] = { 0 };

	*out = (struct facts){ .arena = a };
	for (uint32_t i = 0; i < count; i++)
		for (struct fact *f = nodes[i]->facts; f; f = f->next)
			f->id = out->count[f->kind]++; /* order in which they were found: breaks
							  ties */
	for (int k = 0; k < FACT_LISTS; k++) {
		out->of[k] = arena_take(a, out->count[k], sizeof(struct fact *));
		if (!out->of[k])
			return false;
	}
	for (uint32_t i = 0; i < count; i++)
		for (struct fact *f = nodes[i]->facts; f; f = f->next)
			out->of[f->kind][at[f->kind]++] = f;
	for (int k = 0; k < FACT_LISTS; k++) {
		qsort(out->of[k], out->count[k], sizeof(struct fact *), by_place);
		for (uint32_t i = 0; i < out->count[k]; i++)
			out->of[k][i]->id = i;
	}
	return true;
}

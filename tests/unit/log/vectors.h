/* vectors.h - files of tests/vectors/: each case of an array in JSON, its members as bytes. */
#ifndef EVENHAND_TESTS_UNIT_LOG_VECTORS_H
#define EVENHAND_TESTS_UNIT_LOG_VECTORS_H

#include "unit/support.h"

#include "base/base64.h"
#include "trust/dsse.h"

struct vectors {
	struct span file;
	struct arena arena;
	struct json_text json;
	uint32_t at; /* the case; JSON_NONE behind the last */
};

static inline struct span vector_file(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "../vectors/%s", name);
	return sample_read(path);
}

/* The case is the first of a list, or all of an object. */
static inline void vectors_open(struct vectors *v, const char *name)
{
	*v = (struct vectors){ .file = vector_file(name) };
	assert_int_equal(json_text_read(&v->arena, v->file, &v->json).kind, FAULT_NONE);
	v->at = v->json.items[0].kind == JSON_ARRAY ? json_child(&v->json, 0) : 0;
}

static inline void vectors_next(struct vectors *v)
{
	v->at = json_next(&v->json, v->at);
}

static inline void vectors_close(struct vectors *v)
{
	arena_free(&v->arena);
	sample_free(v->file);
}

/* The item of the case at a path of names, "spec.0.name": a number counts members of a list. "" is
 * the case. JSON_NONE: it is not there. */
static inline uint32_t vector_item(const struct vectors *v, const char *path)
{
	uint32_t item = v->at;
	char name[64];

	while (*path && item != JSON_NONE) {
		size_t n = strcspn(path, ".");

		assert_true(n < sizeof(name));
		memcpy(name, path, n);
		name[n] = 0;
		if (v->json.items[item].kind == JSON_ARRAY) {
			item = json_child(&v->json, item);
			for (int i = atoi(name); i > 0 && item != JSON_NONE; i--)
				item = json_next(&v->json, item);
		} else {
			item = json_find(&v->json, item, name);
		}
		path += n + (path[n] == '.');
	}
	return item;
}

/* A string of JSON as bytes. */
static inline struct span vector_string(struct vectors *v, struct span raw)
{
	struct span s;

	assert_true(json_string(raw, &v->arena, &s));
	return s;
}

/* The case is the first of the list there. */
static inline void vectors_enter(struct vectors *v, const char *path)
{
	v->at = json_child(&v->json, vector_item(v, path));
}

/* A string as bytes, anything else as it stands; empty where it is not there. */
static inline struct span vector_text(struct vectors *v, const char *path)
{
	uint32_t item = vector_item(v, path);

	if (item == JSON_NONE)
		return (struct span){ 0 };
	return v->json.items[item].kind == JSON_STRING ? vector_string(v, v->json.items[item].value)
						       : v->json.items[item].value;
}

static inline uint64_t vector_number(struct vectors *v, const char *path)
{
	struct span s = vector_text(v, path);
	uint64_t n = 0;

	assert_true(s.n > 0);
	for (size_t i = 0; i < s.n; i++) {
		assert_in_range(s.p[i], '0', '9');
		n = n * 10 + (uint64_t)(s.p[i] - '0');
	}
	return n;
}

static inline struct span vector_base64(struct vectors *v, const char *path)
{
	struct span s;

	assert_true(base64_read(vector_text(v, path), false, &v->arena, &s));
	return s;
}

static inline struct span vector_hex(struct vectors *v, const char *path)
{
	struct span hex = vector_text(v, path);
	uint8_t *bytes = arena_take(&v->arena, hex.n / 2, 1);

	for (size_t i = 0; i < hex.n / 2; i++) {
		char two[3] = { (char)hex.p[2 * i], (char)hex.p[2 * i + 1], 0 };

		bytes[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return (struct span){ bytes, hex.n / 2 };
}

/* Lines of policies with keys of the vectors. */
#define LOG                                                                                        \
	"log log.evenhand.example/vectors+5a5cb903+ATATN1YcbZVPXXrt1CavBZIJeqCXzFS/rXLJhzdz50ZZ\n"
#define VENDOR                                                                                     \
	"witness vendor "                                                                          \
	"witness.vendor.example/w1+ccbdc7a7+BF/sd1mLhCCRv6UTDQAzO15Q2jqAWwt8+lMeZwsWynkv\n"
#define LAB                                                                                        \
	"witness lab "                                                                             \
	"witness.lab.example/w2+027810d3+BHhp0ZY8M10RcIgiTr2T0/b6ZT8A/dvmyt9C6jIIM0hC\n"
#define REGULATOR                                                                                  \
	"witness regulator "                                                                       \
	"witness.regulator.example/w3+68854696+BH7QwUHngK82NhabDVu6O40Nly6oFj+/OgBAG1eGEKBl\n"

/* Keys of the vectors: PKCS#8 around their seeds. */
#define LOG_SEED     "MC4CAQAwBQYDK2VwBCIEILGw+BJhzsCdXufROLmnTriDC9/fGS822ZzkQ3DEvhvH"
#define WITNESS_SEED "MC4CAQAwBQYDK2VwBCIEIO/S5iKW29HmSBcfgb9B4ZndHp7EYXh05eNegw4w122n"

static inline struct sigkey *vector_key(const char *seed)
{
	struct text pem = { 0 };
	struct sigkey *key = NULL;

	text_format(&pem, "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n", seed);
	assert_int_equal(sigkey_read_private(text_span(&pem), (struct span){ 0 }, &key),
			 SIGKEY_READ);
	text_free(&pem);
	return key;
}

/* Which case failed, for messages. */
#define vector_fail(v, what)                                                                       \
	fail_msg("%s: %.*s", what, (int)json_value(&(v)->json, (v)->at, "name").n,                 \
		 (const char *)json_value(&(v)->json, (v)->at, "name").p)

#endif

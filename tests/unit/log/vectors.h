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
	char path[128];

	snprintf(path, sizeof(path), "../vectors/%s", name);
	return sample_read(path);
}

static inline void vectors_open(struct vectors *v, const char *name)
{
	*v = (struct vectors){ .file = vector_file(name) };
	assert_int_equal(json_text_read(&v->arena, v->file, &v->json).kind, FAULT_NONE);
	v->at = json_child(&v->json, 0);
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

/* A string of JSON as bytes. */
static inline struct span vector_string(struct vectors *v, struct span raw)
{
	struct span s;

	assert_true(json_string(raw, &v->arena, &s));
	return s;
}

/* The member of the case; empty where it is not there. */
static inline struct span vector_text(struct vectors *v, const char *key)
{
	return vector_string(v, json_value(&v->json, v->at, key));
}

static inline struct span vector_base64(struct vectors *v, const char *key)
{
	struct span s;

	assert_true(base64_read(json_value(&v->json, v->at, key), false, &v->arena, &s));
	return s;
}

static inline struct span vector_hex(struct vectors *v, const char *key)
{
	struct span hex = json_value(&v->json, v->at, key);
	uint8_t *bytes = arena_take(&v->arena, hex.n / 2, 1);

	for (size_t i = 0; i < hex.n / 2; i++) {
		unsigned byte;

		assert_int_equal(sscanf((const char *)hex.p + 2 * i, "%2x", &byte), 1);
		bytes[i] = (uint8_t)byte;
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

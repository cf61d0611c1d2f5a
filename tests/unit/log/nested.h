/* nested.h - files of tests/vectors in JSON that are looked into by paths. */
#ifndef EVENHAND_TESTS_UNIT_LOG_NESTED_H
#define EVENHAND_TESTS_UNIT_LOG_NESTED_H

#include "unit/support.h"

#include "base/base64.h"
#include "base/jsontext.h"

struct vectors {
	struct span file;
	struct arena arena;
	struct json_text json;
};

static inline void vectors_read(struct vectors *v, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "../vectors/%s", name);
	*v = (struct vectors){ .file = sample_read(path) };
	assert_int_equal(json_text_read(&v->arena, v->file, &v->json).kind, FAULT_NONE);
}

static inline void vectors_free(struct vectors *v)
{
	arena_free(&v->arena);
	sample_free(v->file);
}

/* The item at a path of names, "spec.0.name": a number counts members of a list. */
static inline uint32_t vector_at(const struct vectors *v, uint32_t item, const char *path)
{
	char name[64];

	while (*path && item != JSON_NONE) {
		size_t n = strcspn(path, ".");

		assert_true(n < sizeof(name));
		memcpy(name, path, n);
		name[n] = 0;
		if (v->json.items[item].kind == JSON_ARRAY) {
			item = json_child(&v->json, item);
			for (int i = atoi(name); i > 0; i--)
				item = json_next(&v->json, item);
		} else {
			item = json_find(&v->json, item, name);
		}
		path += n + (path[n] == '.');
	}
	return item;
}

static inline struct span vector_text(const struct vectors *v, uint32_t item, const char *path)
{
	item = vector_at(v, item, path);
	assert_true(item != JSON_NONE);
	return v->json.items[item].value;
}

/* Base64 or hexadecimal there, decoded. */
static inline struct span vector_base64(struct vectors *v, uint32_t item, const char *path)
{
	struct span bytes;

	assert_true(base64_read(vector_text(v, item, path), false, &v->arena, &bytes));
	return bytes;
}

static inline struct span vector_hex(struct vectors *v, uint32_t item, const char *path)
{
	struct span hex = vector_text(v, item, path);
	uint8_t *out = arena_take(&v->arena, hex.n / 2, 1);

	for (size_t i = 0; i < hex.n / 2; i++) {
		char two[3] = { (char)hex.p[2 * i], (char)hex.p[2 * i + 1], 0 };

		out[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return (struct span){ out, hex.n / 2 };
}

#endif

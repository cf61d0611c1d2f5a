/* nandoob.c - dumps of NAND flash, made page by page as the kernel's drivers lay them out, and data
 * that only look like one. */
#include "unit/format/small_tree.h"

extern const struct format format_nandoob;

struct form {
	uint32_t page, spare, head, sector, check;
	const char *label;
};

static const struct form forms[] = {
	{ 512, 16, 0, 512, 0, "pages of 512 + 16" },
	{ 2048, 64, 0, 2048, 0, "pages of 2048 + 64" },
	{ 2048, 64, 10, 512, 13, "pages of 2048 + 64, check bytes between sectors" },
	{ 4096, 128, 0, 4096, 0, "pages of 4096 + 128" },
	{ 2048, 128, 10, 512, 26, "pages of 2048 + 128, check bytes between sectors" },
	{ 8192, 640, 10, 512, 39, "pages of 8192 + 640, check bytes between sectors" },
	{ 4096, 224, 10, 512, 26, "pages of 4096 + 224, check bytes between sectors" },
	{ 8192, 640, 0, 8192, 0, "pages of 8192 + 640" },
};

#define FORMS (sizeof(forms) / sizeof(forms[0]))
#define PAGES 128u

static uint8_t noise(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint8_t)(*seed >> 56);
}

static uint8_t *noise_new(size_t n)
{
	uint8_t *p = malloc(n);
	uint64_t seed = n;

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = noise(&seed);
	return p;
}

/* Check bytes are noise; what else is spare is 0xff. A page of 0xff stays one as a whole. */
static struct span dump_new(const struct form *f, const uint8_t *plain, uint32_t pages)
{
	uint32_t size = f->page + f->spare;
	uint8_t *dump = malloc((size_t)size * pages);
	uint64_t seed = 7;

	assert_non_null(dump);
	memset(dump, 0xff, (size_t)size * pages);
	for (uint32_t i = 0; i < pages; i++) {
		uint8_t *to = dump + (size_t)i * size + f->head;
		const uint8_t *from = plain + (size_t)i * f->page;

		if (from[0] == 0xff && memcmp(from, from + 1, f->page - 1) == 0)
			continue;
		for (uint32_t done = 0; done < f->page; done += f->sector) {
			memcpy(to, from + done, f->sector);
			to += f->sector;
			for (uint32_t k = 0; k < f->check; k++)
				*to++ = noise(&seed);
		}
		for (uint32_t k = 6; f->check == 0 && k < f->spare - 4; k++)
			to[k] = noise(&seed);
	}
	return (struct span){ dump, (size_t)size * pages };
}

static void dump_gives(struct span dump, const struct form *f, struct span plain)
{
	struct opened o;
	struct sink content;

	opened_init(&o, &format_nandoob, dump);
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_int_equal(o.found.len, dump.n);
	assert_int_equal(o.found.proof, PROOF_CHECKSUM);
	assert_string_equal(o.found.label, f->label);
	sink_init(&content, NULL, plain.n);
	assert_int_equal(format_nandoob.load(&o.l, NULL, &content).kind, FAULT_NONE);
	assert_true(span_equal(sink_span(&content), plain));
	sink_free(&content);
	opened_free(&o);
}

static void is_refused(struct span in)
{
	struct found f = { 0 };

	assert_int_equal(format_nandoob.probe(in, &f).kind, FAULT_UNKNOWN);
}

static void takes_the_spare_bytes_out_of_every_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		size_t n = (size_t)forms[i].page * PAGES;
		uint8_t *plain = noise_new(n);
		struct span dump = dump_new(&forms[i], plain, PAGES);

		dump_gives(dump, &forms[i], (struct span){ plain, n });
		sample_free(dump);
		free(plain);
	}
}

static void flash_that_is_mostly_erased_is_enough(void **state)
{
	uint32_t pages = 4000;
	size_t n = (size_t)forms[1].page * pages, used = (size_t)forms[1].page * 100;
	uint8_t *plain = noise_new(n);
	struct span dump;

	(void)state;
	memset(plain + used, 0xff, n - used);
	dump = dump_new(&forms[1], plain, pages);
	dump_gives(dump, &forms[1], (struct span){ plain, n });
	sample_free(dump);
	free(plain);
}

static void a_few_bad_blocks_do_not_matter(void **state)
{
	size_t n = (size_t)forms[1].page * PAGES;
	uint8_t *plain = noise_new(n);
	struct span dump = dump_new(&forms[1], plain, PAGES);

	(void)state;
	sample_bytes(dump)[2048] = 0;
	sample_bytes(dump)[2112 * 64 + 2048] = 0;
	dump_gives(dump, &forms[1], (struct span){ plain, n });
	sample_free(dump);
	free(plain);
}

static void blocks_that_are_marked_as_bad_are_left_out(void **state)
{
	static const size_t chosen[] = { 0, 1, 2 };

	(void)state;
	for (size_t k = 0; k < sizeof(chosen) / sizeof(chosen[0]); k++) {
		struct form f = forms[chosen[k]];
		uint32_t size = f.page + f.spare, block = f.page == 512 ? 32 : 64;
		size_t n = (size_t)f.page * block * 8, at = (size_t)f.page * block * 3;
		uint8_t *plain = noise_new(n);
		struct span dump = dump_new(&f, plain, block * 8);
		char label[64];

		snprintf(label, sizeof(label), "%s, without 1 bad", f.label);
		f.label = label;
		/* in the second page of the fourth block */
		sample_bytes(dump)[(size_t)size * (block * 3 + 1) + (f.head          ? 0
								     : f.page == 512 ? 517
										     : f.page)] = 0;
		memmove(plain + at, plain + at + (size_t)f.page * block,
			n - at - (size_t)f.page * block);
		dump_gives(dump, &f, (struct span){ plain, n - (size_t)f.page * block });
		sample_free(dump);
		free(plain);
	}
}

static void too_few_written_pages_prove_nothing(void **state)
{
	size_t n = (size_t)forms[1].page * PAGES, used = (size_t)forms[1].page * 40;
	uint8_t *plain = noise_new(n);
	struct span dump;

	(void)state;
	memset(plain + used, 0xff, n - used);
	dump = dump_new(&forms[1], plain, PAGES);
	is_refused(dump);
	sample_free(dump);
	free(plain);
}

static void plain_data_are_none(void **state)
{
	size_t n = (size_t)2112 * PAGES * 64;
	uint8_t *plain = noise_new(n);

	(void)state;
	is_refused((struct span){ plain, n });
	for (size_t i = 3; i < n; i += 4)
		plain[i] = 0xff; /* pixels that are opaque */
	is_refused((struct span){ plain, n });
	for (size_t i = 0; i < n; i++)
		if (i % 2112 >= 2040)
			plain[i] = 0xff; /* records whose last fields are unused */
	is_refused((struct span){ plain, n });
	memset(plain, 0, n);
	is_refused((struct span){ plain, n });
	memset(plain, 0xff, n);
	is_refused((struct span){ plain, n });
	free(plain);
}

static void a_dump_of_broken_length_is_left_alone(void **state)
{
	uint8_t *plain = noise_new((size_t)forms[1].page * PAGES);
	struct span dump = dump_new(&forms[1], plain, PAGES);

	(void)state;
	is_refused(span_head(dump, dump.n - 1));
	is_refused(span_from(dump, 512));
	is_refused((struct span){ 0 });
	sample_free(dump);
	free(plain);
}

/* Cut around the borders of pages, each byte in turn of a few pages turned round: the form is found
 * or not, and nothing else happens. */
static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		uint32_t size = forms[i].page + forms[i].spare;
		uint8_t *plain = noise_new((size_t)forms[i].page * PAGES);
		struct span dump = dump_new(&forms[i], plain, PAGES);
		struct guarded g = guarded_new(dump.n);

		for (size_t n = 0; n < dump.n; n += size / 2 - 1)
			open_anyhow(&format_nandoob, guarded_copy(g, span_head(dump, n)));
		for (size_t at = 0; at < 3u * size; at += 211) {
			sample_bytes(dump)[at] ^= 0xff;
			open_anyhow(&format_nandoob, dump);
			sample_bytes(dump)[at] ^= 0xff;
		}
		guarded_free(g);
		sample_free(dump);
		free(plain);
	}
}

static void keeps_what_fits_a_limit(void **state)
{
	size_t n = (size_t)forms[2].page * PAGES;
	uint8_t *plain = noise_new(n);
	struct span dump = dump_new(&forms[2], plain, PAGES);
	struct opened o;
	struct sink content;

	(void)state;
	opened_init(&o, &format_nandoob, dump);
	sink_init(&content, NULL, 5000);
	assert_int_equal(format_nandoob.load(&o.l, NULL, &content).kind, FAULT_LIMIT);
	assert_memory_equal(content.p, plain, content.n);
	sink_free(&content);
	opened_free(&o);
	sample_free(dump);
	free(plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_spare_bytes_out_of_every_form),
		cmocka_unit_test(flash_that_is_mostly_erased_is_enough),
		cmocka_unit_test(a_few_bad_blocks_do_not_matter),
		cmocka_unit_test(blocks_that_are_marked_as_bad_are_left_out),
		cmocka_unit_test(too_few_written_pages_prove_nothing),
		cmocka_unit_test(plain_data_are_none),
		cmocka_unit_test(a_dump_of_broken_length_is_left_alone),
		cmocka_unit_test(keeps_what_fits_a_limit),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

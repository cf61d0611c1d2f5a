/* gap.c - stretches in which no format stands: padding, text, unknown, encrypted. */
#include "tree/engine.h"

#define LEAST_EDGE          16 /* padding at an edge shorter than this belongs to the data beside it */
#define LEAST_RUN           4096 /* padding inside data is told apart from this length on */
#define LEAST_TEXT          32
#define LEAST_ENCRYPTED     (64u << 10)
#define ENCRYPTED_MILLIBITS 7950
/* 255 degrees of freedom: beyond 350 a flat histogram is less likely than 1 in 10,000. */
#define FLAT_CHI_SQUARE 350

static uint64_t run_length(struct span s, uint64_t at)
{
	uint64_t n = 1;

	while (at + n < s.n && s.p[at + n] == s.p[at])
		n++;
	return n;
}

/* How long the run that ends with the last byte is. */
static uint64_t tail_length(struct span s)
{
	uint64_t n = 1;

	while (n < s.n && s.p[s.n - 1 - n] == s.p[s.n - 1])
		n++;
	return n;
}

static double chi_square(const uint64_t count[256], uint64_t n)
{
	double expected = (double)n / 256, sum = 0;

	for (int i = 0; i < 256; i++) {
		double off = (double)count[i] - expected;

		sum += off * off / expected;
	}
	return sum;
}

/* The first 16 bytes once more, or any 16 twice in a row: a block cipher in ECB mode, a short XOR
 * key, or no cipher at all. */
static bool repeats_block(struct span s)
{
	struct span first = span_sub(s, 0, 16);

	if (span_find(s, 16, first) != SIZE_MAX)
		return true;
	for (uint64_t at = 16; at + 32 <= s.n && at < (64u << 10); at += 16)
		if (memcmp(s.p + at, s.p + at + 16, 16) == 0)
			return true;
	return false;
}

bool looks_encrypted(struct span s, uint32_t *entropy)
{
	uint64_t count[256];

	/* The head tells nearly always; only what may be a cipher's output is counted in full. */
	*entropy = entropy_millibits(span_head(s, LEAST_ENCRYPTED));
	if (s.n < LEAST_ENCRYPTED || *entropy < ENCRYPTED_MILLIBITS)
		return false;
	*entropy = entropy_millibits(s);
	if (*entropy < ENCRYPTED_MILLIBITS)
		return false;
	byte_counts(s, count);
	return chi_square(count, s.n) < FLAT_CHI_SQUARE && !repeats_block(s);
}

static const char *pad_label(uint8_t byte)
{
	return byte == 0 ? "0x00" : byte == 0xff ? "0xff" : "one byte";
}

static void add_padding(uint64_t from, uint64_t len, uint8_t byte, struct pieces *out)
{
	struct piece p = {
		.offset = from, .len = len, .state = STATE_PADDING, .label = pad_label(byte)
	};

	pieces_add(out, &p);
}

static void add_data(struct span s, uint64_t from, struct pieces *out)
{
	struct piece p = { .offset = from, .len = s.n, .state = STATE_UNKNOWN };

	if (s.n == 0)
		return;
	if (s.n >= LEAST_TEXT && looks_like_text(s)) {
		p.state = STATE_UNDERSTOOD;
		p.label = "text";
	} else if (looks_encrypted(s, &p.entropy)) {
		p.state = STATE_ENCRYPTED;
	} else {
		p.entropy = entropy_millibits(s);
		p.label = masked_as(s);
	}
	pieces_add(out, &p);
}

/* Data between runs of padding. A run that is long enough reaches over each LEAST_RUN-th byte. */
static void split(struct span s, uint64_t base, struct pieces *out)
{
	uint64_t data = 0, at = LEAST_RUN - 1;

	while (at < s.n) {
		uint64_t from = at, run;

		if (s.p[at] != 0 && s.p[at] != 0xff) {
			at += LEAST_RUN;
			continue;
		}
		while (from > data && s.p[from - 1] == s.p[at])
			from--;
		run = run_length(s, from);
		if (run >= LEAST_RUN) {
			add_data(span_sub(s, data, from - data), base + data, out);
			add_padding(base + from, run, s.p[at], out);
			data = from + run;
		}
		at = from + run + LEAST_RUN - 1;
	}
	add_data(span_from(s, data), base + data, out);
}

void gap_tile(const struct space *s, uint64_t from, uint64_t to, struct pieces *out)
{
	struct span gap = span_sub(s->bytes, from, to - from);
	struct piece own = { .offset = from,
			     .len = gap.n,
			     .state = STATE_UNDERSTOOD,
			     .label = "own code and data" };
	uint64_t head = run_length(gap, 0), tail = tail_length(gap);

	if (s->owned) {
		pieces_add(out, &own);
		return;
	}
	if (head == gap.n) {
		add_padding(from, gap.n, gap.p[0], out);
		return;
	}
	head = head >= LEAST_EDGE ? head : 0;
	tail = tail >= LEAST_EDGE ? tail : 0;
	if (head)
		add_padding(from, head, gap.p[0], out);
	split(span_sub(gap, head, gap.n - head - tail), from + head, out);
	if (tail)
		add_padding(to - tail, tail, gap.p[gap.n - 1], out);
}

/* know.c - finding rows, and the observers' patterns. */
#include "know/pack.h"

#include <stdlib.h>

#include "know/expression.h"

#define MOST_PATTERNS 2048

/* Serialised at build time: build/<flavour>/gen/patterns.S. */
extern const uint8_t texts_avx2[], texts_avx2_end[], texts_baseline[], texts_baseline_end[];
extern const uint8_t programs_avx2[], programs_avx2_end[], programs_baseline[],
	programs_baseline_end[];

static struct patterns *observers[PATTERN_SETS];
static struct expressions versions; /* one a component rule */

const struct known_key *known_key_find(const uint8_t spki_sha256[32])
{
	size_t low = 0, high = known_keys_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(known_keys[middle].spki_sha256, spki_sha256, 32);

		if (order == 0)
			return &known_keys[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int by_certificate(const void *wanted, const void *row)
{
	return span_compare(*(const struct span *)wanted,
			    span_text(((const struct web_root *)row)->sha256));
}

const struct web_root *web_root_find(struct span sha256)
{
	return bsearch(&sha256, web_roots, web_roots_count, sizeof(*web_roots), by_certificate);
}

static int by_function(const void *wanted, const void *row)
{
	/* Each table begins its rows with what it is sorted by. */
	return span_compare(*(const struct span *)wanted, span_text(*(const char *const *)row));
}

const struct call_rule *call_rule_find(struct span function)
{
	return bsearch(&function, call_rules, call_rules_count, sizeof(call_rules[0]), by_function);
}

const struct indicator_rule *indicator_rule_find(struct span id)
{
	return bsearch(&id, indicator_rules, indicator_rules_count, sizeof(indicator_rules[0]),
		       by_function);
}

bool is_safe_call(struct span function)
{
	return bsearch(&function, safe_calls, safe_calls_count, sizeof(safe_calls[0]), by_function);
}

const struct kernel_option *kernel_option_find(struct span option)
{
	return bsearch(&option, kernel_options, kernel_options_count, sizeof(kernel_options[0]),
		       by_function);
}

/* "1.1.1" holds for 1.1.1 and 1.1.1d, not for 1.1.10. */
static bool is_of_branch(struct span version, const char *branch)
{
	size_t n = strlen(branch);
	int next = span_byte(version, n);

	return n == 0 || (span_starts(version, span_text(branch)) && (next < '0' || next > '9'));
}

/* The first row of the component, or where it would stand. */
static size_t support_begin(struct span component)
{
	size_t low = 0, high = support_rows_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (span_compare(span_text(support_rows[middle].component), component) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool support_knows(struct span component)
{
	size_t i = support_begin(component);

	return i < support_rows_count && span_is(component, support_rows[i].component);
}

const struct support_row *support_find(struct span component, struct span version)
{
	for (size_t i = support_begin(component);
	     i < support_rows_count && span_is(component, support_rows[i].component); i++)
		if (is_of_branch(version, support_rows[i].branch))
			return &support_rows[i];
	return NULL;
}

/* clang-format off */
const struct key_mark key_marks[] = {
	{ "-----BEGIN ", 11, FORM_PEM, 0 },
	/* SEQUENCE with two length bytes, then INTEGER 0 and INTEGER (PKCS#1), SEQUENCE (PKCS#8) or
	 * INTEGER 1 and OCTET STRING (SEC1). The two length bytes stand before the mark. */
	{ "\x02\x01\x00\x02\x82", 5, FORM_DER_SEQUENCE, 4 },
	{ "\x02\x01\x00\x02\x81", 5, FORM_DER_SEQUENCE, 4 },
	{ "\x02\x01\x00\x02\x41", 5, FORM_DER_SEQUENCE, 4 },
	{ "\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48", 10, FORM_DER_SEQUENCE, 4 },
	{ "\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48", 10, FORM_DER_SEQUENCE, 3 },
	{ "\x02\x01\x00\x30\x10\x06\x07\x2a\x86\x48", 10, FORM_DER_SEQUENCE, 3 },
	{ "\x02\x01\x00\x30\x14\x06\x07\x2a\x86\x48", 10, FORM_DER_SEQUENCE, 3 },
	{ "\x02\x01\x00\x30\x05\x06\x03\x2b\x65", 9, FORM_DER_SEQUENCE, 2 },
	{ "\x02\x01\x01\x04\x20", 5, FORM_DER_SEQUENCE, 2 },
	{ "\x02\x01\x01\x04\x30", 5, FORM_DER_SEQUENCE, 3 },
	{ "\x02\x01\x01\x04\x42", 5, FORM_DER_SEQUENCE, 3 },
	{ "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d\x30", 12, FORM_DER_SEQUENCE, 6 },
	/* PBES1 and PKCS#12 ciphers; DSA within PKCS#8; PKCS#8 of version 2 with Ed25519. */
	{ "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x03\x30", 12, FORM_DER_SEQUENCE, 6 },
	{ "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0a\x30", 12, FORM_DER_SEQUENCE, 6 },
	{ "\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01", 11, FORM_DER_SEQUENCE, 6 },
	{ "\x06\x07\x2a\x86\x48\xce\x38\x04\x01\x30", 10, FORM_DER_SEQUENCE, 11 },
	{ "\x02\x01\x01\x30\x05\x06\x03\x2b\x65", 9, FORM_DER_SEQUENCE, 2 },
	{ "\xa0\x03\x02\x01\x02\x02", 6, FORM_DER_CERTIFICATE, 8 },
	{ "ssh-rsa AAAA", 12, FORM_SSH_PUBLIC, 0 },
	{ "ssh-dss AAAA", 12, FORM_SSH_PUBLIC, 0 },
	{ "ssh-ed25519 AAAA", 16, FORM_SSH_PUBLIC, 0 },
	{ "ecdsa-sha2-nistp", 16, FORM_SSH_PUBLIC, 0 },
	{ "\x00\x00\x00\x07ssh-rsa\x00\x00", 13, FORM_DROPBEAR, 0 },
	{ "\x00\x00\x00\x07ssh-dss\x00\x00", 13, FORM_DROPBEAR, 0 },
	{ "\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x40", 19, FORM_DROPBEAR, 0 },
	{ "\x00\x00\x00\x13" "ecdsa-sha2-nistp", 20, FORM_DROPBEAR, 0 },
	{ "\x02\x01\x03\x30\x82", 5, FORM_PKCS12, 4 },
	{ "\xfe\xed\xfe\xed\x00\x00\x00\x02", 8, FORM_JKS, 0 },
	{ "\xfe\xed\xfe\xed\x00\x00\x00\x01", 8, FORM_JKS, 0 },
};
/* clang-format on */
const size_t key_marks_count = sizeof(key_marks) / sizeof(key_marks[0]);

/* clang-format off */
const struct system_mark system_marks[] = {
	{ "Linux version ", 14, MARK_BANNER },
	{ "console=tty", 11, MARK_ARGUMENTS },
	{ "root=/dev/", 10, MARK_ARGUMENTS },
	{ "root=UUID=", 10, MARK_ARGUMENTS },
	{ "root=PARTUUID=", 14, MARK_ARGUMENTS },
	{ "root=31:", 8, MARK_ARGUMENTS },
	{ "mtdparts=", 9, MARK_ARGUMENTS },
	{ "/proc/sys/", 10, MARK_PROC_SYS },
	{ "sysctl", 6, MARK_SYSCTL },
	{ "altbootcmd", 10, MARK_RECOVERY },
	{ "bootcount", 9, MARK_RECOVERY },
	{ "bootlimit", 9, MARK_RECOVERY },
	{ "upgrade_available", 17, MARK_RECOVERY },
	{ "tftpboot", 8, MARK_RECOVERY },
	{ "tftp server", 11, MARK_RECOVERY },
	{ "TFTP server", 11, MARK_RECOVERY },
	{ "HTTP server", 11, MARK_RECOVERY },
	{ "ecovery mode", 12, MARK_RECOVERY },
	{ "escue mode", 10, MARK_RECOVERY },
	{ "mount ", 6, MARK_COMMAND },
	{ "watchdog", 8, MARK_COMMAND },
	{ "syslogd", 7, MARK_COMMAND },
	{ "ping ", 5, MARK_COMMAND },
	{ "cwmp", 4, MARK_CWMP },
	{ "FactoryReset", 12, MARK_RESET },
	{ "icense expired", 14, MARK_REMOTE },
	{ "icence expired", 14, MARK_REMOTE },
};
/* clang-format on */
const size_t system_marks_count = sizeof(system_marks) / sizeof(system_marks[0]);

const struct unchecked_mark unchecked_marks[] = {
	{ "--no-check-certificate", NULL, "wget " },
	{ "--insecure", NULL, "curl " },
	{ "curl -", NULL, "curl " }, /* its options are read */
	{ "verify=False", NULL, NULL },
	{ "SSL_VERIFY_NONE", NULL, NULL },
	{ "CURLOPT_SSL_VERIFYPEER", "false|FALSE|0", NULL },
	{ "rejectUnauthorized", "false", NULL },
	{ "NODE_TLS_REJECT_UNAUTHORIZED", "0", NULL },
	{ "tls_insecure", "true|yes|1", NULL },
	{ "check_certificate", "off", NULL },
	{ "ssl_verify", "false|off|0|none", NULL },
};
const size_t unchecked_marks_count = sizeof(unchecked_marks) / sizeof(unchecked_marks[0]);
const struct text_mark web_marks[] = {
	{ ".cgi", MARK_ROUTE },
	{ "cgi-bin/", MARK_ROUTE },
	{ "goform/", MARK_ROUTE },
	{ "/HNAP1", MARK_ROUTE },
	{ "action=", MARK_FORM },
	{ "ACTION=", MARK_FORM },
	{ "action =", MARK_FORM },
	{ "QUERY_STRING", MARK_REQUEST },
	{ "REQUEST_METHOD", MARK_REQUEST },
	{ "websGetVar", MARK_REQUEST },
	{ "cgiFormString", MARK_REQUEST },
	{ "Set-Cookie", MARK_COOKIE },
	{ "Set-cookie", MARK_COOKIE },
	{ "csrf", MARK_FORGERY },
	{ "CSRF", MARK_FORGERY },
	{ "httpd", MARK_SERVER },
	{ "boa -", MARK_SERVER },
	{ "goahead", MARK_SERVER },
	{ "phpinfo(", MARK_INFO },
	{ "no_auth", MARK_OPEN },
	{ "noauth", MARK_OPEN },
	{ "auth_skip", MARK_OPEN },
	{ "skip_auth", MARK_OPEN },
	{ "unauth.", MARK_OPEN },
	{ "nologin.", MARK_OPEN },
};
const size_t web_marks_count = sizeof(web_marks) / sizeof(web_marks[0]);

const struct text_mark update_marks[] = {
	{ "downgrade", MARK_ROLLBACK },
	{ "rollback", MARK_ROLLBACK },
	{ "min_version", MARK_ROLLBACK },
	{ "minimum version", MARK_ROLLBACK },
	{ "Failed to verify required signature", MARK_BOOT },
	{ "dm-mod.create=", MARK_BOOT },
	{ "dm_verity", MARK_BOOT },
	{ "root=/dev/dm-0", MARK_BOOT },
	{ "HAB Configuration: 0x", MARK_BOOT },
	{ "avb_slot_verify.c", MARK_BOOT },
};
const size_t update_marks_count = sizeof(update_marks) / sizeof(update_marks[0]);

struct pattern_list {
	struct pattern p[MOST_PATTERNS];
	size_t n;
	bool is_full; /* and something was left out */
};

static void add(struct pattern_list *l, const char *text, size_t len, enum pattern_owner owner,
		size_t row)
{
	l->is_full |= text && l->n == MOST_PATTERNS;
	if (text && l->n < MOST_PATTERNS)
		l->p[l->n++] = (struct pattern){ text, (uint16_t)len,
						 (uint32_t)owner << 24 | (uint32_t)row };
}

/* Bytes of a length; an expression has none. */
static void add_known(struct pattern_list *l, enum pattern_set set)
{
	for (size_t i = 0; i < component_rules_count; i++)
		if ((component_rules[i].evidence == EVIDENCE_TEXT) == (set == PATTERNS_OF_TEXTS))
			add(l, component_rules[i].scan, 0, OWNER_COMPONENT, i);
	for (size_t i = 0; i < key_marks_count; i++)
		add(l, key_marks[i].bytes, key_marks[i].len, OWNER_KEY, i);
	for (size_t i = 0; i < secret_anchors_count; i++)
		add(l, secret_anchors[i].expression, 0, OWNER_SECRET, i);
	for (size_t i = 0; i < indicator_rules_count; i++)
		if (indicator_rules[i].kind <= INDICATOR_SWITCH)
			add(l, indicator_rules[i].pattern, indicator_rules[i].len, OWNER_INDICATOR,
			    i);
}

static void add_marks(struct pattern_list *l)
{
	for (size_t i = 0; i < system_marks_count; i++)
		add(l, system_marks[i].bytes, system_marks[i].len, OWNER_SYSTEM, i);
	for (size_t i = 0; i < kernel_options_count; i++)
		add(l, kernel_options[i].sign, kernel_options[i].sign_size, OWNER_SYSTEM,
		    MARKS + i);
	add(l, "://", 3, OWNER_ENDPOINT, 0);
	for (size_t i = 0; i < unchecked_marks_count; i++)
		add(l, unchecked_marks[i].text, strlen(unchecked_marks[i].text), OWNER_ENDPOINT,
		    i + 1);
	for (size_t i = 0; i < web_marks_count; i++)
		add(l, web_marks[i].text, strlen(web_marks[i].text), OWNER_WEB, i);
	for (size_t i = 0; i < update_marks_count; i++)
		add(l, update_marks[i].text, strlen(update_marks[i].text), OWNER_UPDATE, i);
}

static struct pattern_list lists[PATTERN_SETS];

const struct pattern *know_patterns(enum pattern_set set, size_t *count)
{
	struct pattern_list *l = &lists[set];

	if (l->n == 0) {
		add_known(l, set);
		add_marks(l);
	}
	*count = l->n;
	return l->p;
}

size_t pattern_rows(enum pattern_owner owner)
{
	const size_t rows[OWNERS] = {
		[OWNER_COMPONENT] = component_rules_count,
		[OWNER_KEY] = key_marks_count,
		[OWNER_SYSTEM] = MARKS + kernel_options_count,
		[OWNER_SECRET] = secret_anchors_count,
		[OWNER_INDICATOR] = indicator_rules_count,
		[OWNER_ENDPOINT] = 1 + unchecked_marks_count,
		[OWNER_WEB] = web_marks_count,
		[OWNER_UPDATE] = update_marks_count,
	};

	return rows[owner];
}

void know_tables_changed(void)
{
	for (int set = 0; set < PATTERN_SETS; set++) {
		lists[set].n = 0;
		lists[set].is_full = false;
	}
}

/* Which pattern cannot be compiled alone. *why is replaced by what is said of it. */
static uint32_t find_wrong(const struct pattern *all, size_t count, char **why)
{
	for (size_t i = 0; i < count; i++) {
		char *error;
		struct patterns *p = patterns_compile(&all[i], 1, -1, &error);

		if (p) {
			patterns_free(p);
			continue;
		}
		free(*why);
		*why = error;
		return all[i].id;
	}
	return UINT32_MAX;
}

bool know_compile(uint32_t *id, char **why)
{
	*why = NULL;
	for (int set = 0; set < PATTERN_SETS; set++) {
		size_t count;
		const struct pattern *all = know_patterns((enum pattern_set)set, &count);

		if (lists[set].is_full)
			return false;
		observers[set] = patterns_compile(all, count, -1, why);
		if (!observers[set]) {
			*id = find_wrong(all, count, why);
			return false;
		}
	}
	return true;
}

bool know_start(void)
{
	const struct span images[PATTERN_SETS][PROCESSORS] = {
		{ { texts_avx2, (size_t)(texts_avx2_end - texts_avx2) },
		  { texts_baseline, (size_t)(texts_baseline_end - texts_baseline) } },
		{ { programs_avx2, (size_t)(programs_avx2_end - programs_avx2) },
		  { programs_baseline, (size_t)(programs_baseline_end - programs_baseline) } },
	};

	for (int set = 0; set < PATTERN_SETS; set++) {
		size_t count;
		const struct pattern *all = know_patterns((enum pattern_set)set, &count);

		if (!observers[set])
			observers[set] = patterns_load(images[set], PROCESSORS, all, count);
		if (!observers[set])
			return false;
	}
	return expressions_start(&versions, component_rules_count) && secrets_start();
}

struct pattern_scratch *know_scratch_new(void)
{
	return pattern_scratch_new(observers, PATTERN_SETS);
}

struct pass {
	bool (*hit)(void *ctx, struct hit h);
	void *ctx;
};

static bool on_hit(void *ctx, uint32_t id, uint64_t end)
{
	const struct pass *p = ctx;

	return p->hit(p->ctx, (struct hit){ (enum pattern_owner)(id >> 24), id & 0xffffff, end });
}

void know_scan(struct pattern_scratch *s, enum pattern_set set, struct span bytes,
	       bool (*hit)(void *ctx, struct hit h), void *ctx)
{
	struct pass p = { hit, ctx };

	patterns_scan(observers[set], s, bytes, on_hit, &p);
}

bool know_capture(size_t rule, struct span text, struct span *version)
{
	bool found =
		rule < component_rules_count &&
		expression_match(&versions, rule, component_rules[rule].pattern, text, 0, 0) == 2;

	if (found)
		*version = expression_group(text, 1);
	return found;
}

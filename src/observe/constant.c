/* constant.c - constants that programs hand to functions: what a program that checks passwords
 * compares with, what a program of the web interface compares with in a function that reads a
 * header of the request, what is set as a key. A constant is what stands there; who may reach it,
 * and whether it opens anything, is for a reader. */
#include "base/text.h"
#include "observe/code.h"
#include "observe/observe.h"
#include "observe/secret.h"

#define MOST_FACTS     256 /* of one program */
#define MOST_COMPARED  64  /* in one function */
#define LONGEST_TEXT   256
#define LEAST_TEXT     4
#define LONGEST_HEADER 32
#define LEAST_LETTERS  6 /* different bytes of a key */

enum use { USE_KEY, USE_CHECK, USE_COMPARE, USE_ROUTE };

/* In the order of their bytes. `argument`: which is the key. `length`: its bytes at least. */
static const struct function {
	const char *name;
	uint8_t use, argument, length;
} functions[] = {
	{ "AES_set_decrypt_key", USE_KEY, 0, 16 },
	{ "AES_set_encrypt_key", USE_KEY, 0, 16 },
	{ "BF_set_key", USE_KEY, 2, 16 },
	{ "DES_set_key", USE_KEY, 0, 8 },
	{ "DES_set_key_checked", USE_KEY, 0, 8 },
	{ "DES_set_key_unchecked", USE_KEY, 0, 8 },
	{ "EVP_CipherInit", USE_KEY, 2, 16 },
	{ "EVP_CipherInit_ex", USE_KEY, 3, 16 },
	{ "EVP_DecryptInit", USE_KEY, 2, 16 },
	{ "EVP_DecryptInit_ex", USE_KEY, 3, 16 },
	{ "EVP_EncryptInit", USE_KEY, 2, 16 },
	{ "EVP_EncryptInit_ex", USE_KEY, 3, 16 },
	{ "HMAC", USE_KEY, 1, 16 },
	{ "HMAC_Init_ex", USE_KEY, 1, 16 },
	{ "RC4_set_key", USE_KEY, 2, 16 },
	{ "aes_setkey_dec", USE_KEY, 1, 16 },
	{ "aes_setkey_enc", USE_KEY, 1, 16 },
	{ "crypt", USE_CHECK, 0, 0 },
	{ "crypt_r", USE_CHECK, 0, 0 },
	{ "gcry_cipher_setkey", USE_KEY, 1, 16 },
	{ "getspnam", USE_CHECK, 0, 0 },
	{ "getspnam_r", USE_CHECK, 0, 0 },
	{ "mbedtls_aes_setkey_dec", USE_KEY, 1, 16 },
	{ "mbedtls_aes_setkey_enc", USE_KEY, 1, 16 },
	{ "mbedtls_gcm_setkey", USE_KEY, 2, 16 },
	{ "memcmp", USE_COMPARE, 0, 0 },
	{ "pam_authenticate", USE_CHECK, 0, 0 },
	{ "strcasecmp", USE_COMPARE, 0, 0 },
	{ "strcmp", USE_COMPARE, 0, 0 },
	{ "strncasecmp", USE_COMPARE, 0, 0 },
	{ "strncmp", USE_COMPARE, 0, 0 },
	{ "strstr", USE_COMPARE, 0, 0 },
	{ "wc_AesGcmSetKey", USE_KEY, 1, 16 },
	{ "wc_AesSetKey", USE_KEY, 1, 16 },
	{ "websDefineAction", USE_ROUTE, 0, 0 },
	{ "websFormDefine", USE_ROUTE, 0, 0 },
	{ "websUrlHandlerDefine", USE_ROUTE, 0, 0 },
};
#define FUNCTIONS (sizeof(functions) / sizeof(functions[0]))

static uint32_t find(struct span name)
{
	size_t low = 0, high = FUNCTIONS;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = span_compare(name, span_text(functions[middle].name));

		if (order == 0)
			return (uint32_t)middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return CALL_INSIDE;
}

/* A web server is often linked into the program whose handlers it calls. */
static uint32_t row_of(struct span name, bool is_own)
{
	uint32_t row = find(name);

	return is_own && row != CALL_INSIDE && functions[row].use != USE_ROUTE ? CALL_INSIDE : row;
}

bool is_password_check(struct span function)
{
	uint32_t row = find(function);

	return row != CALL_INSIDE && functions[row].use == USE_CHECK;
}

bool is_key_setup(struct span function)
{
	uint32_t row = find(function);

	return row != CALL_INSIDE && functions[row].use == USE_KEY;
}

/* What one function of the program was seen to do. */
struct compared {
	uint64_t at;
	uint32_t row;
	struct span text;
};

struct reading {
	struct scene *s;
	bool asks_headers;
	uint64_t function;
	bool checks, reads_header, is_lost;
	struct compared list[MOST_COMPARED];
	uint32_t count, facts, calls;
};

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return s.n > 0;
}

static struct span text_at(const struct code *c, uint64_t address)
{
	struct span s = elf_text(span_head(elf_at(&c->e, address), LONGEST_TEXT), 0);

	return is_printable(s) ? s : (struct span){ 0 };
}

/* Headers that somebody may fill as they like, as they are called in a request and by CGI. */
static bool is_header(struct span s)
{
	static const char *const headers[] = { "User-Agent", "HTTP_USER_AGENT", "USER_AGENT",
					       "SOAPAction", "HTTP_SOAPACTION", "Cookie",
					       "HTTP_COOKIE" };

	if (span_byte(s, s.n - 1) == ':')
		s.n--;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (key_matches(s, headers[i]))
			return true;
	return s.n <= LONGEST_HEADER && (span_starts(s, span_text("HTTP_X_")) ||
					 (span_starts(s, span_text("X-")) && s.n > 3));
}

/* Words that protocols and settings have, in lower case. */
static const char words[] =
	"root,ftp,anonymous,nobody,none,true,false,enable,disable,auto,null,debug,service,audit,"
	"login,plain,password,passwd,shadow,user,username,publickey,keyboard-interactive,nullok,"
	"try_first_pass,use_first_pass,use_authtok,no_warn,nodelay,files,pass,quit,exit,localhost";
static const char web_words[] = "http,https,http_*,post,head,options,delete,trace,subscribe,"
				"unsubscribe,m-search,100-continue,"
				"basic,digest,gzip,deflate,identity,chunked,close,keep-alive,"
				"upgrade,expect,date,host,range,"
				"content?*,if?*,accept*,authorization,proxy?*,connection,referer,"
				"transfer?encoding,etag,vary,"
				"redirect,status,location,server,callback";

/* Neither a word of that kind nor an option, a path, a format or the name of a field. */
static bool is_value(struct span s)
{
	return s.n >= LEAST_TEXT && !strchr("-/%$*!<>{}[](.#@&?|\"'=+,;:", s.p[0]) &&
	       !strchr(":=/.", s.p[s.n - 1]) && span_find(s, 0, span_text("%")) == SIZE_MAX &&
	       span_find(s, 0, span_text("/")) == SIZE_MAX &&
	       span_find(s, 0, span_text(" ")) == SIZE_MAX && !key_matches(s, words) &&
	       !key_matches(s, web_words) && !is_header(s);
}

static void add(struct reading *r, const char *kind, const struct code *c, uint64_t at,
		struct span value, const char *call)
{
	struct arena *a = r->s->bench->arena;
	struct constant_fact *f;

	if (r->facts++ >= MOST_FACTS)
		return;
	f = fact_new(a, r->s->node, FACT_CONSTANT, span_place(r->s->bytes, value), value.n);
	if (!f)
		return;
	f->constant_kind = kind;
	f->call = call;
	f->masked = is_printable(value) ? secret_masked(a, value) : span_text("bytes");
	f->address = c->address + at;
	f->function = r->function;
}

/* The function ends: what it compares with counts where it checks passwords or reads a header. */
static void end_function(struct reading *r, const struct code *c)
{
	const char *kind = r->checks ? "password-check" : "request-header";

	for (uint32_t i = 0; (r->checks || r->reads_header) && i < r->count; i++)
		if (is_value(r->list[i].text))
			add(r, kind, c, r->list[i].at, r->list[i].text,
			    functions[r->list[i].row].name);
	r->count = 0;
	r->checks = r->reads_header = false;
}

static void look_for_headers(struct reading *r, const struct code *c, const struct code_call *call)
{
	uint64_t address;

	for (unsigned n = 0; n < 3 && !r->reads_header; n++)
		if (code_argument(c, call, n, &address))
			r->reads_header = is_header(text_at(c, address));
}

static void note_compared(struct reading *r, const struct code *c, const struct code_call *call)
{
	uint64_t address;

	for (unsigned n = 0; n < 2 && r->count < MOST_COMPARED; n++) {
		struct span text = { 0 };

		if (code_argument(c, call, n, &address))
			text = text_at(c, address);
		if (text.n)
			r->list[r->count++] = (struct compared){ call->at, call->row, text };
	}
}

/* Not one byte again and again, nor bytes that count up, as test vectors do. */
static bool looks_like_key(struct span s)
{
	bool seen[256] = { false };
	uint32_t different = 0, counting = 0;

	for (size_t i = 0; i < s.n; i++) {
		different += !seen[s.p[i]];
		seen[s.p[i]] = true;
		counting += i && s.p[i] == (uint8_t)(s.p[i - 1] + 1);
	}
	return different >= LEAST_LETTERS && counting < s.n / 2;
}

/* A key that a program changes is none of its constants: it has to stand where nothing is written.
 */
static bool is_read_only(const struct elf *e, uint64_t address)
{
	struct elf_segment s;

	for (uint32_t i = 0; elf_segment(e, i, &s); i++)
		if (s.type == PT_LOAD_ && address >= s.address && address - s.address < s.file_size)
			return !(s.flags & PF_W_);
	return false;
}

static void note_key(struct reading *r, const struct code *c, const struct code_call *call)
{
	const struct function *f = &functions[call->row];
	uint64_t address;
	struct span value;

	if (!code_tells_arguments(c) || !code_argument(c, call, f->argument, &address) ||
	    !is_read_only(&c->e, address))
		return;
	value = span_head(elf_at(&c->e, address), f->length);
	if (value.n == f->length && looks_like_key(value))
		add(r, "key", c, call->at, value, f->name);
}

/* The name of a handler, as its definition gives it to the web server: GoAhead's forms and actions,
 * and prefixes of paths. */
static void note_route(struct reading *r, const struct code *c, const struct code_call *call)
{
	struct arena *a = r->s->bench->arena;
	struct web_fact *f;
	uint64_t address;
	struct span text = { 0 };

	if (code_argument(c, call, 0, &address))
		text = text_at(c, address);
	if (text.n < 2 || r->facts++ >= MOST_FACTS)
		return;
	f = fact_new(a, r->s->node, FACT_WEB, span_place(r->s->bytes, text), text.n);
	if (!f)
		return;
	f->web_kind = "route";
	f->name = arena_copy(a, text);
	f->detail = span_text("name in a program");
}

static bool on_call(void *ctx, const struct code *c, const struct code_call *call)
{
	struct reading *r = ctx;

	if (call->function == 0 || call->function != r->function) {
		end_function(r, c);
		r->function = call->function;
	}
	if (r->asks_headers)
		look_for_headers(r, c, call);
	if (call->row == CALL_INSIDE)
		return true;
	r->calls++;
	if (functions[call->row].use == USE_COMPARE)
		note_compared(r, c, call);
	else if (functions[call->row].use == USE_KEY)
		note_key(r, c, call);
	else if (functions[call->row].use == USE_ROUTE)
		note_route(r, c, call);
	else if (call->function)
		r->checks = true;
	else
		r->is_lost = true; /* what stands beside it is not known */
	return true;
}

/* Whether anything that is looked for could be there. */
static bool is_wanted(const struct executable_fact *x)
{
	for (uint32_t i = 0; i < x->calls.n; i++)
		if (is_password_check(x->calls.p[i]) || is_key_setup(x->calls.p[i]))
			return true;
	return false;
}

static void look(struct scene *s)
{
	static _Thread_local struct code code;
	static _Thread_local struct reading r;
	struct executable_fact *x = NULL;
	bool is_web = false;

	for (struct fact *f = s->node->facts; f; f = f->next) {
		if (f->kind == FACT_EXECUTABLE)
			x = (struct executable_fact *)f;
		is_web |= f->kind == FACT_WEB;
	}
	if (!x || (!is_web && !is_wanted(x)))
		return;
	memset(&r, 0, sizeof(r));
	r.s = s;
	r.asks_headers = is_web;
	x->calls_read = TRI_NO;
	if (!code_open(&code, s->bytes, row_of))
		return;
	code.wants_inside = is_web;
	if (code_calls(&code, on_call, &r) && r.calls && !r.is_lost)
		x->calls_read = TRI_YES;
	end_function(&r, &code);
}

const struct observer observe_constants = { "constants", look };

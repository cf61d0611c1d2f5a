/* endpoint_address.c - bare addresses: four numbers, unless they are a mask, a network, a version.
 */
#include "format/elf_read.h"
#include "observe/endpoint.h"

#define LONGEST_KEY      64
#define MOST_TRIED       1024 /* in one text */
#define LONGEST_ADDRESS6 45
#define MOST_DATA        (4u << 20) /* of a file that is neither text nor program */

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* Settings whose value is no address though it looks like one. */
static bool is_version(struct span key)
{
	return endpoint_word(key,
			     "*version*,ver,*_ver,*-ver,fwver,swver,hwver,rev,*_rev,*revision*,"
			     "*release*,build,*_build,firmware,*_firmware,oid,*_oid,*mask*,patch");
}

/* The word before the address: the name of what it is the value of. */
static struct span key_before(struct span s, uint64_t at)
{
	uint64_t from, to = at;

	while (to > 0 && at - to < LONGEST_KEY && s.p[to - 1] != '\n' &&
	       is_any(s.p[to - 1], " \t=:\"'("))
		to--;
	from = to;
	while (from > 0 && to - from < LONGEST_KEY && s.p[from - 1] > ' ' &&
	       !is_any(s.p[from - 1], "=:\"'("))
		from--;
	return span_sub(s, from, to - from);
}

/* Masks, networks, groups and object identifiers are no place that one talks to. */
static bool is_place(const uint8_t o[4])
{
	if (o[0] == 0 || o[0] == 127 || o[0] >= 224)
		return false;
	if (o[3] == 0 || o[3] == 255 || (o[0] == 169 && o[1] == 254))
		return false;
	return !(o[0] == 1 && o[1] == 3 && o[2] == 6);
}

/* The run of digits and dots around a dot, cut off where it is longer than an address. */
static struct span number_around(struct span s, uint64_t at)
{
	uint64_t from = at, to = at;

	while (from > 0 && at - from < 16 && (is_digit(s.p[from - 1]) || s.p[from - 1] == '.'))
		from--;
	while (to < s.n && to - at < 16 && (is_digit(s.p[to]) || s.p[to] == '.'))
		to++;
	return span_sub(s, from, to - from);
}

/* Whether nothing that belongs to a longer word stands around it: "1.2.3.4-5", "/1.2.3.4", "@". */
static bool stands_alone(struct span s, struct span address)
{
	uint64_t at = span_place(s, address);
	int before = at ? s.p[at - 1] : '\n', behind = span_byte(s, at + address.n);

	return (before <= ' ' || is_any(before, "=:\"'(,;>[")) &&
	       (behind <= ' ' || is_any(behind, "\"'),;<#:]"));
}

/* "*.* @192.0.2.1" (rsyslog.conf(5), syslog.conf(5)): what the rule sends. */
static bool is_log_target(const struct search *x, struct span address)
{
	struct span s = x->s->bytes;
	uint64_t at = span_place(s, address);
	int behind = span_byte(s, at + address.n);

	return at && s.p[at - 1] == '@' && (behind <= ' ' || behind == ':' || behind == ';') &&
	       endpoint_is_log_file(x->s->node);
}

void endpoint_address(struct search *x, uint64_t dot, uint64_t *end)
{
	struct span address = number_around(x->s->bytes, dot);
	struct span s = x->s->bytes;
	uint64_t at = span_place(s, address);
	struct url u = { .raw = address, .host = address, .is = HOST_ADDRESS };
	uint8_t octet[4];
	uint64_t port;
	size_t used;

	*end = at + address.n;
	if (x->addresses == MOST_TRIED || !address_read(address, octet) || !is_place(octet) ||
	    (!stands_alone(s, address) && !is_log_target(x, address)))
		return;
	x->addresses++;
	if (is_version(key_before(s, at)))
		return;
	if (span_byte(s, at + address.n) == ':' &&
	    span_number(span_from(s, at + address.n + 1), 10, &port, &used) && port < 65536)
		u.port = (uint32_t)port;
	u.use = endpoint_use_at(x, at, key_before(s, at));
	endpoint_take(x, "address", &u);
}

/* -- of version 6 -- */

static bool is_hex(int c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f' && c > 0);
}

/* Global unicast (2000::/3, RFC 4291) without what is for documents (RFC 3849), and unique local
 * (RFC 4193): both begin with a whole group, so that no name with colons looks like one. */
static bool is_place6(struct span s)
{
	uint64_t first, second = 0;
	size_t used;

	if (!span_number(s, 16, &first, &used) || used != 4 || span_byte(s, 4) != ':')
		return false;
	if (span_byte(s, 5) != ':')
		span_number(span_from(s, 5), 16, &second, &used);
	return (first >= 0x2000 && first < 0x4000 && !(first == 0x2001 && second == 0xdb8)) ||
	       first >> 8 == 0xfd;
}

/* The address around its first colon; the port stands behind the bracket. */
static void endpoint_address6(struct search *x, uint64_t colon, uint64_t *end)
{
	struct span s = x->s->bytes;
	struct url u = { .is = HOST_ADDRESS };
	uint64_t from = colon, to = colon, port;
	size_t used;

	while (from > 0 && colon - from < 5 && is_hex(s.p[from - 1]))
		from--;
	while (to < s.n && to - colon < LONGEST_ADDRESS6 &&
	       (is_hex(s.p[to]) || s.p[to] == ':' || s.p[to] == '.'))
		to++;
	*end = to;
	u.raw = u.host = span_sub(s, from, to - from);
	if (x->addresses == MOST_TRIED || !is_place6(u.host) || !stands_alone(s, u.host) ||
	    host_of(u.host) != HOST_ADDRESS || is_version(key_before(s, from)))
		return;
	x->addresses++;
	if (span_byte(s, to) == ']' && span_byte(s, to + 1) == ':' &&
	    span_number(span_from(s, to + 2), 10, &port, &used) && port < 65536)
		u.port = (uint32_t)port;
	u.use = endpoint_use_at(x, from, key_before(s, from));
	endpoint_take(x, "address", &u);
}

/* Every colon behind a group that may be the first: times and addresses of Ethernet have two digits
 * in each. */
void endpoints_of_text6(struct search *x)
{
	struct span s = x->s->bytes;
	const uint8_t *end = s.p + s.n, *colon = s.p;

	while (colon < end && (colon = memchr(colon, ':', (size_t)(end - colon)))) {
		uint64_t at = (uint64_t)(colon++ - s.p);

		if (at < 4 || !is_hex(s.p[at - 4]) || !is_hex(s.p[at - 3]) ||
		    !is_hex(s.p[at - 2]) || !is_hex(s.p[at - 1]))
			continue;
		endpoint_address6(x, at, &at);
		colon = s.p + at;
	}
}

/* -- programs -- */

/* A version may have four numbers too, but begins with a small one. The device's own network is of
 * interest only where a setting names it. */
static bool is_sure(const uint8_t o[4], bool is_setting)
{
	bool is_private = o[0] == 10 || (o[0] == 172 && o[1] >= 16 && o[1] < 32) ||
			  (o[0] == 192 && o[1] == 168);

	if (is_private)
		return is_setting;
	return o[0] >= 24 || (o[0] > 3 && o[0] == o[1] && (o[2] == o[3] || o[2] == o[0]));
}

/* "serverip=192.168.1.2". */
static bool is_setting(struct span s, struct span address)
{
	uint64_t at = span_place(s, address);
	struct span key = key_before(s, at);
	bool ok = at && s.p[at - 1] == '=' && key.n > 1;

	for (size_t i = 0; i < key.n; i++)
		ok &= key.p[i] == '_' || is_digit(key.p[i]) ||
		      ((key.p[i] | 0x20) >= 'a' && (key.p[i] | 0x20) <= 'z');
	return ok;
}

/* The end of a string, or a port and the end. */
static bool ends_string(struct span s, uint64_t at, uint32_t *port)
{
	uint64_t value;
	size_t used;

	if (span_byte(s, at) == ':' && span_number(span_from(s, at + 1), 10, &value, &used) &&
	    value > 0 && value < 65536) {
		*port = (uint32_t)value;
		at += used + 1;
	}
	return span_byte(s, at) == 0;
}

/* A string by itself, or the value of a setting. */
static bool is_string(struct span s, struct span address, bool setting, uint32_t *port)
{
	uint64_t at = span_place(s, address);

	return (at == 0 || s.p[at - 1] < ' ' || setting) && ends_string(s, at + address.n, port);
}

/* The address around a dot, where it is one that a program may talk to. */
static void look_at_string(struct search *x, struct span number)
{
	struct span s = x->s->bytes;
	struct url u = { .raw = number, .host = number, .is = HOST_ADDRESS };
	uint8_t octet[4];
	bool setting;

	if (!address_read(number, octet) || !is_place(octet))
		return;
	setting = is_setting(s, number);
	if (is_sure(octet, setting) && is_string(s, number, setting, &u.port) &&
	    !is_version(key_before(s, span_place(s, number))))
		endpoint_take(x, "address", &u);
}

static bool is_of_name(int c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.';
}

/* A string that is a host's name from end to end; names of two labels are often those of files. */
static void look_at_name(struct search *x, uint64_t dot)
{
	struct span s = x->s->bytes;
	uint64_t from = dot, to = dot;
	struct url u = { .is = HOST_NAME };

	while (from > 0 && dot - from < LONGEST_KEY && is_of_name(s.p[from - 1]))
		from--;
	while (to < s.n && to - dot < LONGEST_KEY && is_of_name(s.p[to]))
		to++;
	u.raw = u.host = span_sub(s, from, to - from);
	if ((from > 0 && s.p[from - 1] != 0) || !ends_string(s, to, &u.port) ||
	    host_of(u.host) != HOST_NAME || !endpoint_is_domain(u.host))
		return;
	if (span_find(u.host, dot - from + 1, span_text(".")) == SIZE_MAX &&
	    !endpoint_word(span_from(u.host, dot - from + 1), "com,org,example"))
		return;
	endpoint_take(x, "host", &u);
}

/* Every dot, by what stands around it. */
static void search_strings(struct search *x, struct span part)
{
	struct span s = x->s->bytes;
	const uint8_t *end = part.p + part.n, *dot = part.p;

	while (dot && dot < end && (dot = memchr(dot, '.', (size_t)(end - dot)))) {
		uint64_t at = (uint64_t)(dot++ - s.p);
		int before = at ? s.p[at - 1] : 0, behind = span_byte(s, at + 1);

		if (is_digit(before) && is_digit(behind)) {
			struct span number = number_around(s, at);

			look_at_string(x, number);
			dot = number.p + number.n;
		} else if (is_of_name(before) && behind >= 'a' && behind <= 'z') {
			look_at_name(x, at);
		}
	}
}

/* Of a program only what holds its texts: code is most of it. */
void endpoints_of_program(struct search *x)
{
	static const char *const parts[] = { ".rodata", ".rodata.str1.4", ".data", ".sdata" };
	struct elf_section section;
	struct elf e;
	bool any = false;

	if (!span_starts(x->s->bytes, span_text("\x7f"
						"ELF")) ||
	    elf_open(x->s->bytes, &e).kind) {
		if (x->s->node->kind == KIND_REGION || x->s->bytes.n <= MOST_DATA)
			search_strings(x, x->s->bytes);
		return;
	}
	if (e.type == ELF_REL)
		return;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!elf_section_named(&e, parts[i], &section))
			continue;
		search_strings(x, elf_section_bytes(&e, &section));
		any = true;
	}
	if (!any)
		search_strings(x, x->s->bytes);
}

/* endpoint_url.c - URLs and hosts as they stand in any bytes. What is put together at run time has
 * no fixed host and is none. */
#include <arpa/inet.h>
#include <strings.h>

#include "observe/endpoint.h"

#define LONGEST_SCHEME 16
#define LONGEST_HOST   253
#define LONGEST_LABEL  63
#define LONGEST_URL    512

/* Schemes by which something is fetched from, or sent to, another machine. */
static const char *const schemes[] = {
	"http",   "https",  "ftp",    "ftps",  "sftp",  "tftp",  "scp",  "ssh",   "telnet",
	"rtsp",   "rtsps",  "rtmp",   "rtmps", "mqtt",  "mqtts", "ws",   "wss",   "ldap",
	"ldaps",  "coap",   "coaps",  "nfs",   "smb",   "cifs",  "ntp",  "stun",  "stuns",
	"turn",   "turns",  "xmpp",   "amqp",  "amqps", "udp",   "tcp",  "tls",   "ssl",
	"syslog", "rsync",  "git",    "svn",   "redis", "mysql", "imap", "imaps", "pop3",
	"smtp",   "smtps",  "sip",    "sips",  "iscsi", "snmp",  "dns",  "socks", "socks5",
	"radius", "tacacs", "gopher", "irc",   "rtp",   "mms",
};

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(int c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_of_host(int c)
{
	return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
}

/* What a URL may hold, less what ends it in texts and programs. */
static bool is_of_url(int c)
{
	return c > ' ' && c < 0x7f && !is_any(c, "\"'<>\\^`{|}");
}

bool address_read(struct span s, uint8_t octet[4])
{
	for (int i = 0; i < 4; i++) {
		uint64_t value;
		size_t used;

		if (!span_number(s, 10, &value, &used) || value > 255 ||
		    (used > 1 && span_byte(s, 0) == '0') || (i < 3 && span_byte(s, used) != '.'))
			return false;
		octet[i] = (uint8_t)value;
		s = span_from(s, used + (i < 3));
	}
	return s.n == 0;
}

static enum host host_of_address(const uint8_t octet[4])
{
	if (octet[0] == 0 || octet[0] == 127 || octet[0] >= 240)
		return HOST_SELF;
	return HOST_ADDRESS;
}

/* [2001:db8::1] without the brackets. */
static enum host host_of_address6(struct span s)
{
	static const uint8_t self[16] = { [15] = 1 }, nobody[16] = { 0 };
	char text[INET6_ADDRSTRLEN];
	uint8_t address[16];

	if (s.n >= sizeof(text))
		return HOST_NONE;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(AF_INET6, text, address) != 1)
		return HOST_NONE;
	if (memcmp(address, self, 16) == 0 || memcmp(address, nobody, 16) == 0)
		return HOST_SELF;
	return HOST_ADDRESS;
}

/* Labels of letters, digits, "-" and "_"; the last begins with a letter. */
static enum host host_of_name(struct span s)
{
	struct span rest = s, label = { 0 };
	unsigned labels = 0;

	if (s.n == 0 || s.n > LONGEST_HOST || s.p[s.n - 1] == '.')
		return HOST_NONE;
	while (rest.n) {
		label = field_next(&rest, '.');
		if (label.n == 0 || label.n > LONGEST_LABEL || label.p[0] == '-' ||
		    label.p[label.n - 1] == '-')
			return HOST_NONE;
		for (size_t i = 0; i < label.n; i++)
			if (!is_of_host(label.p[i]))
				return HOST_NONE;
		labels++;
	}
	if (!is_letter(span_byte(label, 0)) || (labels > 1 && label.n < 2))
		return HOST_NONE;
	if (labels == 1 && s.n == 9 && strncasecmp((const char *)s.p, "localhost", 9) == 0)
		return HOST_SELF;
	return labels > 1 ? HOST_NAME : HOST_WORD;
}

enum host host_of(struct span s)
{
	uint8_t octet[4];

	if (address_read(s, octet))
		return host_of_address(octet);
	if (span_find(s, 0, span_text(":")) != SIZE_MAX)
		return s.n ? host_of_address6(s) : HOST_NONE;
	return host_of_name(s);
}

/* The scheme before "://"; empty where there is none that is known. */
static struct span scheme_before(struct span bytes, uint64_t mark)
{
	uint64_t from = mark;

	while (from > 0 && mark - from <= LONGEST_SCHEME &&
	       (is_letter(span_byte(bytes, from - 1)) || is_digit(span_byte(bytes, from - 1))))
		from--;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (mark - from == strlen(schemes[i]) &&
		    strncasecmp((const char *)bytes.p + from, schemes[i], mark - from) == 0)
			return span_sub(bytes, from, mark - from);
	return (struct span){ 0 };
}

/* Where userinfo ends within what follows "://". */
static size_t skip_userinfo(struct span s)
{
	size_t host = 0;

	for (size_t i = 0; i < s.n && s.p[i] != '/' && is_of_url(s.p[i]); i++)
		if (s.p[i] == '@')
			host = i + 1;
	return host;
}

/* ":8080"; "%d" or a variable leave it open. */
static size_t read_port(struct span s, uint32_t *port)
{
	uint64_t value;
	size_t used;

	*port = 0;
	if (span_byte(s, 0) != ':' || !span_number(span_from(s, 1), 10, &value, &used) ||
	    value == 0 || value > 65535)
		return 0;
	*port = (uint32_t)value;
	return used + 1;
}

/* What comes behind the host must not belong to its name. */
static bool goes_on(int c)
{
	return c == '%' || c == '$' || c == '{' || c == '*' || c >= 0x80;
}

static size_t read_host(struct span s, struct url *u)
{
	size_t n = 0;

	if (span_byte(s, 0) == '[') {
		size_t end = span_find(span_head(s, 48), 0, span_text("]"));

		if (end == SIZE_MAX)
			return 0;
		u->host = span_sub(s, 1, end - 1);
		u->is = u->host.n ? host_of_address6(u->host) : HOST_NONE;
		return end + 1;
	}
	while (n < s.n && n <= LONGEST_HOST && is_of_host(s.p[n]))
		n++;
	if (goes_on(span_byte(s, n)))
		return 0;
	u->host = span_head(s, n);
	while (u->host.n && u->host.p[u->host.n - 1] == '.')
		u->host.n--; /* a sentence, or the root of names */
	u->is = host_of(u->host);
	return n;
}

/* Stops that end a sentence do not belong to the URL, nor does a bracket that was opened before it,
 * nor what stands behind "?" or "#". */
static struct span read_path(struct span s)
{
	size_t n = 0, open = 0;

	if (span_byte(s, 0) != '/')
		return (struct span){ 0 };
	for (; n < s.n && n < LONGEST_URL && is_of_url(s.p[n]) && !is_any(s.p[n], "?#"); n++) {
		if (s.p[n] == ')' && open == 0)
			break;
		open += s.p[n] == '(';
		open -= s.p[n] == ')';
	}
	while (n > 1 && is_any(s.p[n - 1], ".,;:!]$"))
		n--;
	return span_head(s, n);
}

bool url_around(struct span bytes, uint64_t mark, struct url *u)
{
	struct span rest = span_head(span_from(bytes, mark + 3), 2 * LONGEST_URL);
	size_t at = skip_userinfo(rest), n;

	*u = (struct url){ .scheme = scheme_before(bytes, mark) };
	if (u->scheme.n == 0)
		return false;
	n = read_host(span_from(rest, at), u);
	if (n == 0 || u->is == HOST_NONE)
		return false;
	at += n;
	at += read_port(span_from(rest, at), &u->port);
	u->path = read_path(span_from(rest, at));
	if (!u->path.p)
		u->path.p = rest.p + at;
	u->raw.p = u->scheme.p;
	u->raw.n = (size_t)(u->path.p - u->scheme.p) + u->path.n;
	return true;
}

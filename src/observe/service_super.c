/* service_super.c - servers that another one starts when somebody calls: inetd.conf(5) and
 * xinetd.conf(5). Whether inetd itself is started is told with each. */
#include "base/text.h"
#include "observe/service.h"

#define MOST_LINES  4096
#define MOST_FIELDS 24

/* Names that /etc/services has everywhere; the image's own table goes first. */
static const struct {
	const char *name;
	uint16_t port;
} well_known[] = {
	{ "ftp", 21 },         { "ssh", 22 },          { "telnet", 23 },        { "smtp", 25 },
	{ "time", 37 },        { "domain", 53 },       { "bootps", 67 },        { "tftp", 69 },
	{ "finger", 79 },      { "http", 80 },         { "pop3", 110 },         { "auth", 113 },
	{ "ntp", 123 },        { "imap2", 143 },       { "snmp", 161 },         { "https", 443 },
	{ "exec", 512 },       { "login", 513 },       { "shell", 514 },        { "printer", 515 },
	{ "talk", 517 },       { "ntalk", 518 },       { "uucp", 540 },         { "rsync", 873 },
	{ "swat", 901 },       { "ftps", 990 },        { "telnets", 992 },      { "git", 9418 },
	{ "netbios-ns", 137 }, { "netbios-ssn", 139 }, { "microsoft-ds", 445 }, { "echo", 7 },
	{ "discard", 9 },      { "daytime", 13 },      { "chargen", 19 },       { "tcpmux", 1 },
	{ "systat", 11 },      { "netstat", 15 },      { "ident", 113 },
};

/* name port/protocol aliases */
static uint32_t port_in_table(struct boot *b, struct span name, struct span protocol)
{
	const struct node *n = boot_find(b, span_text("/etc/services"));
	struct span line;
	size_t at = 0;

	for (int i = 0; n && i < MOST_LINES && line_next(n->kept, &at, &line); i++) {
		struct span rest = line, first = word_next(&rest), number = word_next(&rest);
		struct span digits = field_next(&number, '/');
		uint64_t port;
		size_t used;

		if (span_equal(first, name) && span_starts(protocol, number) &&
		    span_number(digits, 10, &port, &used) && port < 65536)
			return (uint32_t)port;
	}
	return 0;
}

static uint32_t port_of(struct boot *b, struct span name, struct span protocol)
{
	struct span ignored = { 0 };
	uint32_t port = 0;

	if (read_endpoint(name, &ignored, &ignored, &port))
		return port;
	port = port_in_table(b, name, protocol);
	for (size_t i = 0; !port && i < sizeof(well_known) / sizeof(well_known[0]); i++)
		if (span_is(name, well_known[i].name))
			port = well_known[i].port;
	return port;
}

/* The super server itself, in any way of starting. */
bool boot_is_started(const struct boot *b, const char *names)
{
	for (uint32_t i = 0; i < b->file_count; i++)
		for (const struct fact *f = b->files[i]->facts; f; f = f->next) {
			const struct service_fact *s = (const struct service_fact *)f;
			struct span command;

			if (f->kind != FACT_SERVICE || !s->enabled ||
			    strcmp(s->service_kind, "setting") == 0)
				continue;
			command = s->command;
			if (name_matches(s->name, names) ||
			    name_matches(base_name(field_next(&command, ' ')), names))
				return true;
		}
	return false;
}

/* service type protocol wait user program words */
static void read_inetd_line(struct boot *b, const struct node *n, struct span line, uint32_t number,
			    bool started)
{
	struct span rest = line, name = word_next(&rest), type = word_next(&rest);
	struct service_new s = { .at = { n, span_place(n->kept, line), line.n, number },
				 .name = name,
				 .kind = "inetd",
				 .enabled = true };
	struct span program, user, word;
	struct text command = { 0 };

	s.protocol = word_next(&rest);
	word_next(&rest); /* wait or nowait */
	user = word_next(&rest);
	program = word_next(&rest);
	if (name.n == 0 || name.p[0] == '#' || program.n == 0 ||
	    (!span_is(type, "stream") && !span_is(type, "dgram") && !span_is(type, "seqpacket") &&
	     !span_is(type, "raw")))
		return;
	s.port = port_of(b, name, s.protocol);
	s.protocol = span_head(s.protocol, 3);
	s.user = field_next(&user, '.');
	s.user = span_head(s.user, span_find(s.user, 0, span_text(":")));
	s.program = boot_program(b, program);
	text_put(&command, program);
	while ((word = word_next(&rest)).n) {
		text_char(&command, ' ');
		text_put(&command, word);
	}
	s.command = text_span(&command);
	if (!started)
		s.condition = span_text("inetd is started by nothing that was read");
	/* "address:service" */
	field_next(&name, ':');
	if (name.n && !s.port) {
		s.address = span_head(s.name, s.name.n - name.n - 1);
		s.name = name;
		s.port = port_of(b, name, s.protocol);
	}
	service_add(b, &s);
	text_free(&command);
}

static void read_inetd(struct boot *b, const struct node *n)
{
	bool started = boot_is_started(b, "inetd,openbsd-inetd,rinetd");
	struct span line;
	size_t at = 0;

	for (uint32_t i = 1; i <= MOST_LINES && line_next(n->kept, &at, &line); i++)
		read_inetd_line(b, n, line, i, started);
}

/* service NAME { key = value ... } */
struct block {
	struct service_new s;
	struct span server, words, type;
	bool disabled, open;
	uint64_t from;
};

static void end_block(struct boot *b, const struct node *n, struct block *k, uint64_t to,
		      bool started)
{
	struct text t = { 0 };

	if (!k->open)
		return;
	k->open = false;
	k->s.at = (struct service_place){ n, k->from, to - k->from, k->s.at.line };
	k->s.kind = "xinetd";
	k->s.enabled = !k->disabled;
	if (k->s.protocol.n == 0)
		k->s.protocol = span_text(span_is(k->type, "dgram") ? "udp" : "tcp");
	if (!k->s.port)
		k->s.port = port_of(b, k->s.name, k->s.protocol);
	k->s.program = boot_program(b, k->server);
	text_put(&t, k->server);
	if (k->words.n)
		text_char(&t, ' ');
	text_put(&t, k->words);
	k->s.command = text_span(&t);
	if (!started)
		k->s.condition = span_text("xinetd is started by nothing that was read");
	service_add(b, &k->s);
	text_free(&t);
}

static void read_attribute(struct boot *b, struct block *k, struct span line)
{
	struct span value = line, key = bare_value(field_next(&value, '='));

	value = bare_value(value);
	if (span_is(key, "disable"))
		k->disabled = span_is(value, "yes");
	else if (span_is(key, "user"))
		k->s.user = value;
	else if (span_is(key, "server"))
		k->server = value;
	else if (span_is(key, "server_args"))
		k->words = value;
	else if (span_is(key, "socket_type"))
		k->type = value;
	else if (span_is(key, "protocol"))
		k->s.protocol = span_head(value, 3);
	else if (span_is(key, "bind") || span_is(key, "interface"))
		k->s.address = value;
	else if (span_is(key, "port"))
		k->s.port = port_of(b, value, span_text("tcp"));
}

static void read_xinetd(struct boot *b, const struct node *n)
{
	bool started = boot_is_started(b, "xinetd");
	struct block k = { .open = false };
	struct span line;
	size_t at = 0, from = 0;

	for (uint32_t i = 1; i <= MOST_LINES && line_next(n->kept, &at, &line); i++, from = at) {
		struct span rest = line, first = word_next(&rest);

		if (span_is(first, "service")) {
			end_block(b, n, &k, from, started);
			k = (struct block){ .open = true, .from = from };
			k.s.name = bare_value(rest);
			if (k.s.name.n && k.s.name.p[k.s.name.n - 1] == '{')
				k.s.name = bare_value(span_head(k.s.name, k.s.name.n - 1));
			k.s.at.line = i;
		} else if (span_is(first, "}")) {
			end_block(b, n, &k, from + line.n, started);
		} else if (k.open && first.n && first.p[0] != '#') {
			read_attribute(b, &k, line);
		}
	}
	end_block(b, n, &k, from, started);
}

void boot_super(struct boot *b)
{
	for (uint32_t i = 0; i < b->file_count; i++) {
		const struct node *n = b->files[i];

		if (path_matches(n->path, "inetd.conf,inetd.d/*"))
			read_inetd(b, n);
		else if (path_matches(n->path, "xinetd.conf,xinetd.d/*"))
			read_xinetd(b, n);
	}
}

/* service_port.c - on which port a service listens: by its command line, by its configuration, by
 * the well-known default of the program. A started program whose code binds a socket is a listener
 * even where none of these tells the port. */
#include <pthread.h>

#include "base/text.h"
#include "observe/service.h"

#define MOST_DAEMONS 512 /* rules with an index; any further ones are asked about each name */

/* For each first letter, a bit for each rule with a program that begins so: asked about every
 * program and service. */
static uint64_t asked[256][MOST_DAEMONS / 64];

static void index_rule(size_t rule)
{
	uint64_t bit = 1ull << (rule % 64);
	bool is_first = true;

	for (const char *p = daemon_rules[rule].programs; *p; p++) {
		if (is_first)
			for (unsigned letter = 0; letter < 256; letter++)
				if (*p == '*' || *p == '?' || (uint8_t)*p == letter)
					asked[letter][rule / 64] |= bit;
		is_first = *p == ',';
	}
}

static void index_rules(void)
{
	for (size_t i = 0; i < daemon_rules_count && i < MOST_DAEMONS; i++)
		index_rule(i);
}

void daemons_start(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, index_rules);
}

const struct daemon_rule *daemon_of(struct span name)
{
	daemons_start();
	for (size_t i = 0; name.n && i < daemon_rules_count; i++)
		if ((i >= MOST_DAEMONS || asked[name.p[0]][i / 64] >> (i % 64) & 1) &&
		    name_matches(name, daemon_rules[i].programs))
			return &daemon_rules[i];
	return NULL;
}

static bool whole_port(struct span s, uint32_t *port)
{
	uint64_t n;
	size_t used;

	if (!span_number(s, 10, &n, &used) || used != s.n || n == 0 || n > 65535)
		return false;
	*port = (uint32_t)n;
	return true;
}

bool read_endpoint(struct span s, struct span *protocol, struct span *address, uint32_t *port)
{
	static const char *const protocols[] = { "udp:", "tcp:", "udp6:", "tcp6:" };
	size_t at;
	uint32_t n;

	s = bare_value(s);
	for (size_t i = 0; i < s.n; i++) /* "listen 443 ssl", "udp:161,tcp:161" */
		if (s.p[i] == ' ' || s.p[i] == ',' || s.p[i] == '\t')
			s.n = i;
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		size_t length = strlen(protocols[i]);

		if (s.n <= length || strncasecmp((const char *)s.p, protocols[i], length) != 0)
			continue;
		*protocol = span_head(span_text(protocols[i]), 3);
		s = span_from(s, length);
	}
	at = s.n;
	while (at > 0 && s.p[at - 1] != ':')
		at--;
	if (!whole_port(span_from(s, at), &n))
		return false;
	*port = n;
	if (at > 1)
		*address = span_head(s, at - 1);
	if (address->n > 1 && address->p[0] == '[')
		*address = span_sub(*address, 1, address->n - 2);
	if (span_is(*address, "*"))
		*address = (struct span){ 0 };
	return true;
}

/* "-p 80", "-p80", "--port=80", "--port 80"; by the rule of the program. */
static bool port_by_option(const struct daemon_rule *r, const struct shell_words *w,
			   struct service_new *s)
{
	struct span option;

	if (!r->option)
		return false;
	option = span_text(r->option);
	for (uint32_t i = 1; i < w->n; i++) {
		struct span word = w->p[i].text, value = { 0 };

		if (span_is(option, "*"))
			value = word;
		else if (span_equal(word, option) && i + 1 < w->n)
			value = w->p[i + 1].text;
		else if (span_starts(word, option) && option.n > 2 &&
			 span_byte(word, option.n) == '=')
			value = span_from(word, option.n + 1);
		else if (span_starts(word, option) && option.n == 2)
			value = span_from(word, 2);
		if (value.n && read_endpoint(value, &s->protocol, &s->address, &s->port))
			return true;
	}
	return false;
}

/* "tcp/23,udp/69": the next of them. */
static bool next_port(struct span *ports, struct span *protocol, uint32_t *port)
{
	struct span number = field_next(ports, ',');

	*protocol = field_next(&number, '/');
	return whole_port(number, port);
}

static bool tells(const struct service_fact *s, const char *what)
{
	return strcmp(what, "port") == 0   ? s->port != 0
	       : strcmp(what, "user") == 0 ? s->user.n != 0
					   : s->port == 0 && s->address.n != 0;
}

/* The first in the order of the tree. */
const struct service_fact *setting_of(const struct boot *b, struct span service, const char *what)
{
	const struct service_fact *first = NULL;

	for (uint32_t i = 0; i < b->setting_count; i++) {
		const struct service_fact *s = b->settings[i];

		if (span_equal(s->name, service) && tells(s, what) &&
		    (!first || s->f.node->id < first->f.node->id))
			first = s;
	}
	return first;
}

/* A multi-call program's file is called otherwise: the word that starts it tells the service. */
static void by_configuration(const struct boot *b, struct service_new *s, struct span name)
{
	const struct service_fact *port = setting_of(b, name, "port");
	const struct service_fact *address = setting_of(b, name, "address");
	const struct service_fact *user = setting_of(b, name, "user");

	if (user && s->user.n == 0)
		s->user = user->user;
	if (address && s->address.n == 0)
		s->address = address->address;
	if (port && s->port == 0) {
		s->port = port->port;
		if (port->protocol.n)
			s->protocol = port->protocol;
		if (port->address.n)
			s->address = port->address;
	}
}

/* What starts a service of a role only with an option. */
static const struct {
	const char *role, *programs, *option;
} on_option[] = {
	{ "log", "syslogd", "-r" },
	{ "relay", "nc,netcat,ncat", "-l" },
	{ "file", "rsync", "--daemon" },
};

static bool needs_option(const struct daemon_rule *r, const struct shell_words *w, struct span name)
{
	for (size_t i = 0; i < sizeof(on_option) / sizeof(on_option[0]); i++) {
		if (strcmp(r->role, on_option[i].role) != 0 ||
		    !name_matches(name, on_option[i].programs))
			continue;
		for (uint32_t k = 1; k < w->n; k++)
			if (span_starts(w->p[k].text, span_text(on_option[i].option)))
				return false;
		return true;
	}
	return false;
}

/* BusyBox's ntpd serves only with -l. */
static bool is_client_only(const struct service_new *s, const struct daemon_rule *r,
			   const struct shell_words *w)
{
	if (strcmp(r->role, "ntp") != 0 || !s->program ||
	    !name_matches(node_name(s->program), "busybox*"))
		return false;
	for (uint32_t k = 1; k < w->n; k++)
		if (span_starts(w->p[k].text, span_text("-l")))
			return false;
	return true;
}

void service_port(struct boot *b, struct service_new *s, const struct shell_words *words)
{
	struct span name = base_name(words->n ? words->p[0].text : s->name);
	const struct daemon_rule *r = daemon_of(name);
	struct span ports, protocol = { 0 };
	uint32_t port;

	by_configuration(b, s, name);
	if (!r || needs_option(r, words, name) || is_client_only(s, r, words))
		return;
	ports = span_text(r->ports ? r->ports : "");
	if (port_by_option(r, words, s) || s->port) {
		if (s->protocol.n == 0 && next_port(&ports, &protocol, &port))
			s->protocol = protocol;
		if (s->protocol.n == 0)
			s->protocol = span_text("tcp");
		return;
	}
	if (next_port(&ports, &protocol, &port)) {
		s->port = port;
		s->protocol = protocol;
	}
}

/* -- listeners -- */

/* A program of many names shows nothing of what one of them does. */
static const struct executable_fact *code_of(const struct service_fact *s)
{
	struct span word = s->command, name = base_name(field_next(&word, ' '));

	for (const struct fact *f = s->program ? s->program->facts : NULL; f; f = f->next)
		if (f->kind == FACT_EXECUTABLE && span_equal(node_name(s->program), name))
			return (const struct executable_fact *)f;
	return NULL;
}

/* Programs that are known to serve nobody but their own host. */
static bool serves_nobody(const struct service_fact *s)
{
	struct span word = s->command, name = base_name(field_next(&word, ' '));
	const struct daemon_rule *r = daemon_of(name);

	return r && name_matches(span_text(r->role), "super,cron,log,watchdog,system,ntp-client,"
						     "dhcp-client,random,ddns,wifi,ppp");
}

static bool calls(const struct executable_fact *x, const char *name)
{
	for (uint32_t i = 0; i < x->calls.n; i++)
		if (span_is(x->calls.p[i], name))
			return true;
	return false;
}

static void add_listener(struct boot *b, const struct service_fact *s, struct span protocol,
			 uint32_t port)
{
	struct node *n = (struct node *)(uintptr_t)s->f.node; /* facts are added to it */
	struct service_fact *f;

	if (*b->left == 0)
		return;
	f = fact_new(b->a, n, FACT_LISTENER, s->f.offset, s->f.length);
	if (!f)
		return;
	--*b->left;
	*f = (struct service_fact){ .f = f->f,
				    .name = s->name,
				    .service_kind = s->service_kind,
				    .enabled = s->enabled,
				    .command = s->command,
				    .user = s->user,
				    .protocol = protocol,
				    .address = s->address,
				    .port = port,
				    .condition = s->condition,
				    .program = s->program };
	f->f.line = s->f.line;
}

/* The default ports beside the one that the service itself tells. */
static void add_other_ports(struct boot *b, const struct service_fact *s)
{
	struct span word = s->command, name, ports, protocol = { 0 };
	const struct daemon_rule *r;
	uint32_t port;

	name = base_name(field_next(&word, ' '));
	r = daemon_of(name);
	ports = span_text(r && r->ports ? r->ports : "");
	if (!next_port(&ports, &protocol, &port) || port != s->port ||
	    !span_equal(protocol, s->protocol))
		return; /* it was told otherwise */
	while (next_port(&ports, &protocol, &port))
		add_listener(b, s, protocol, port);
}

static void listen_of(struct boot *b, const struct service_fact *s)
{
	const struct executable_fact *x = code_of(s);

	if (s->port) {
		add_listener(b, s, s->protocol, s->port);
		add_other_ports(b, s);
	} else if (s->protocol.n) {
		add_listener(b, s, s->protocol, 0);
	} else if (x && !serves_nobody(s) && calls(x, "bind") &&
		   (calls(x, "listen") || calls(x, "recvfrom") || calls(x, "recvmsg"))) {
		add_listener(b, s, (struct span){ 0 }, 0);
	}
}

void relate_listeners(struct boot *b)
{
	for (uint32_t i = 0; i < b->file_count; i++) {
		struct fact *last = b->files[i]->last_fact;

		for (struct fact *f = b->files[i]->facts; f; f = f->next) {
			const struct service_fact *s = (const struct service_fact *)f;

			if (f->kind == FACT_SERVICE && s->enabled)
				listen_of(b, s);
			if (f == last)
				break; /* behind it stand those just added */
		}
	}
}

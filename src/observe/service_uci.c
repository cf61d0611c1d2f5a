/* service_uci.c - services as OpenWrt's configuration files tell them: a section that speaks of a
 * program which the image holds. It runs where its init script is enabled and the section does not
 * switch it off. */
#include "base/text.h"
#include "observe/service.h"

#define MOST_LINES 4096

struct section {
	struct service_place at; /* of its first line */
	struct span type, listens;
	struct service_place port_at, login_at;
	bool off, on, open;
	uint64_t end;
	struct service_new s;
};

static bool is_false(struct span v)
{
	return name_matches(v, "0,no,off,false,disabled");
}

/* The service of this name, started or not; NULL when no script of that name is there. */
static const struct service_fact *script_of(const struct boot *b, struct span name)
{
	const struct service_fact *found = NULL;

	for (uint32_t i = 0; i < b->file_count; i++)
		for (const struct fact *f = b->files[i]->facts; f; f = f->next) {
			const struct service_fact *s = (const struct service_fact *)f;

			if (f->kind == FACT_SERVICE && span_equal(s->name, name) &&
			    (strcmp(s->service_kind, "init.d") == 0 ||
			     strcmp(s->service_kind, "procd") == 0) &&
			    (!found || s->enabled))
				found = s;
		}
	return found;
}

/* The first port of "listen_http" is the service's; the settings tell the others. */
static void take_option(struct section *k, struct span key, struct span value,
			struct service_place at)
{
	if (name_matches(key,
			 "Port,port,listen_port,listen_http,listen_https,agentaddress,listen")) {
		if (!k->s.port && read_endpoint(value, &k->s.protocol, &k->s.address, &k->s.port))
			k->port_at = at;
	} else if (name_matches(key, "enable,enabled")) {
		k->off |= is_false(value);
	} else if (name_matches(key, "disable,disabled,ignore")) {
		k->off |= value.n && !is_false(value);
	} else if (name_matches(key, "Interface,interface,listen_addr,bind")) {
		k->s.address = k->s.address.n ? k->s.address : value;
	} else if (name_matches(key, "RootPasswordAuth,RootLogin,PasswordAuth")) {
		/* who may log in is what matters most of such a section: root before others */
		if (!k->login_at.node || span_is(key, "RootPasswordAuth"))
			k->login_at = at;
	} else if (name_matches(key, "user")) {
		k->s.user = value;
	}
}

/* A section is a service's if a program of its name, or of the file's, is known or is there. */
static bool names_a_service(struct boot *b, struct span file, struct span type)
{
	return (daemon_of(type) || daemon_of(file)) &&
	       (span_equal(type, file) || span_starts(file, type) || span_starts(type, file) ||
		script_of(b, file));
}

static void end_section(struct boot *b, const struct node *n, struct section *k)
{
	struct span file = node_name(n);
	const struct service_fact *script;

	if (!k->open)
		return;
	k->open = false;
	if (!names_a_service(b, file, k->type) || (!k->s.port && !span_equal(k->type, file)))
		return;
	script = script_of(b, file);
	k->s.at = k->login_at.node ? k->login_at : k->port_at.node ? k->port_at : k->at;
	k->s.name = file;
	k->s.kind = "uci";
	k->s.enabled = !k->off && script && script->enabled;
	if (script) {
		k->s.command = script->command;
		k->s.program = script->program;
		k->s.user = k->s.user.n ? k->s.user : script->user;
	}
	if (!k->s.program)
		k->s.program = boot_program(b, file);
	if (!k->s.protocol.n && k->s.port)
		k->s.protocol = span_text("tcp");
	if (!k->s.port) {
		struct shell_words name = { .n = 1 };

		name.p[0] = (struct shell_word){ daemon_of(file) ? file : k->type, true };
		service_port(b, &k->s, &name);
	}
	service_add(b, &k->s);
}

static void read_file(struct boot *b, const struct node *n)
{
	struct section k = { .open = false };
	struct span line;
	size_t at = 0;

	for (uint32_t i = 1; i <= MOST_LINES && line_next(n->kept, &at, &line); i++) {
		struct span rest = line, first = word_next(&rest), key;
		struct service_place here = { n, span_place(n->kept, line), line.n, i };

		if (span_is(first, "config")) {
			end_section(b, n, &k);
			k = (struct section){ .open = true, .at = here };
			k.type = bare_value(word_next(&rest));
		} else if (span_is(first, "option") || span_is(first, "list")) {
			key = bare_value(word_next(&rest));
			take_option(&k, key, uci_value(rest), here);
		}
	}
	end_section(b, n, &k);
}

void boot_uci(struct boot *b)
{
	for (uint32_t i = 0; i < b->file_count; i++)
		if (path_matches(b->files[i]->path, "etc/config/*"))
			read_file(b, b->files[i]);
}

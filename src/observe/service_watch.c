/* service_watch.c - what scripts of a boot do besides starting services, where a check asks for it:
 * policies of the packet filter, account files that are written, keys that are made, how services
 * are confined; and scripts that make a password of the device's address. Each is a fact of kind
 * "setting". */
#include "base/text.h"
#include "observe/service.h"

static void tell(struct boot *b, const struct service_place *at, const char *name,
		 struct span command, struct span user, struct span condition)
{
	service_add(b, &(struct service_new){ .at = *at,
					      .name = span_text(name),
					      .kind = "setting",
					      .command = command,
					      .user = user,
					      .condition = condition });
}

/* iptables -P FORWARD DROP; nft add chain ... policy drop */
static bool watch_filter(struct boot *b, const struct launch *l, const struct service_place *at,
			 struct span condition)
{
	struct span name = base_name(l->words.p[0].text);

	if (!name_matches(name, "iptables,ip6tables"))
		return false;
	for (uint32_t i = 1; i + 2 < l->words.n; i++)
		if (span_is(l->words.p[i].text, "-P") || span_is(l->words.p[i].text, "--policy"))
			tell(b, at, "firewall", launch_text(b, &l->words), (struct span){ 0 },
			     condition);
	return true;
}

/* name:password:uid:... The password itself is not shown. */
static void tell_line(struct boot *b, struct span line, struct span file,
		      const struct service_place *at, struct span condition)
{
	struct span name = field_next(&line, ':'), password = field_next(&line, ':');
	struct span uid = field_next(&line, ':');
	bool is_root = span_is(uid, "0") || span_is(name, "root");
	struct text t = { 0 };

	if (name.n == 0 || span_find(name, 0, span_text("$")) != SIZE_MAX || password.n == 0)
		return;
	text_puts(&t, "writes ");
	text_put(&t, name);
	text_puts(&t, password.n > 2 ? " with a password" : " without a password"); /* x, *, ! */
	text_puts(&t, is_root ? " and uid 0 into " : " into ");
	text_put(&t, file);
	tell(b, at, "accounts", text_span(&t), name, condition);
	text_free(&t);
}

/* echo 'support:$1$...:0:0::/:/bin/sh' >> /etc/passwd, adduser, chpasswd, passwd -d */
static bool watch_accounts(struct boot *b, const struct launch *l, struct span redirect,
			   const struct service_place *at, struct span condition)
{
	struct span name = base_name(l->words.p[0].text);
	struct span last = l->words.p[l->words.n - 1].text;

	if (name_matches(name, "echo,printf") && l->words.n > 1 &&
	    path_matches(redirect, "passwd,shadow")) {
		tell_line(b, last, redirect, at, condition);
		return true;
	}
	if (!name_matches(name, "adduser,useradd,chpasswd") &&
	    !(span_is(name, "passwd") && l->words.n > 2))
		return false;
	if (span_find(last, 0, span_text("$")) == SIZE_MAX)
		tell(b, at, "accounts",
		     span_is(name, "chpasswd") ? name : launch_text(b, &l->words),
		     l->words.n > 1 ? last : (struct span){ 0 }, condition);
	return true;
}

static bool watch_keys(struct boot *b, const struct launch *l, const struct service_place *at,
		       struct span condition)
{
	struct span name = base_name(l->words.p[0].text);
	bool openssl = span_is(name, "openssl") && l->words.n > 1 &&
		       name_matches(l->words.p[1].text, "gen*,req,ecparam,dhparam");

	if (!openssl && !name_matches(name, "dropbearkey,ssh-keygen,px5g"))
		return false;
	tell(b, at, "key generation", launch_text(b, &l->words), (struct span){ 0 }, condition);
	return true;
}

bool boot_watch(struct boot *b, const struct launch *l, struct span redirect,
		const struct service_place *at, struct span condition)
{
	return watch_filter(b, l, at, condition) || watch_accounts(b, l, redirect, at, condition) ||
	       watch_keys(b, l, at, condition);
}

void boot_confined(struct boot *b, const struct service_place *at, struct span by)
{
	if (by.n)
		tell(b, at, "isolation", by, (struct span){ 0 }, (struct span){ 0 });
}

/* -- passwords made of what everybody can see -- */

static uint64_t first_of(struct span text, const char *const *words, size_t count)
{
	size_t first = SIZE_MAX;

	for (size_t i = 0; i < count; i++) {
		size_t at = span_find(text, 0, span_text(words[i]));

		first = at < first ? at : first;
	}
	return first;
}

/* A script that reads the address, digests it and writes a credential. */
void boot_derived(struct boot *b)
{
	static const char *const seen[] = { "/address", "HWaddr", "macaddr", "ethaddr",
					    "mac_addr" };
	static const char *const digests[] = { "md5sum", "sha1sum", "sha256sum", "openssl dgst" };
	static const char *const secrets[] = { "wpa_passphrase", "wpa_psk", "chpasswd",
					       "passphrase=", "psk=" };

	for (uint32_t i = 0; i < b->file_count; i++) {
		const struct node *n = b->files[i];
		struct span line;
		uint64_t at = first_of(n->kept, secrets, sizeof(secrets) / sizeof(secrets[0]));
		struct service_place place = { n, at, 0, 0 };

		if (at > n->kept.n || !span_starts(n->kept, span_text("#!")) ||
		    first_of(n->kept, seen, sizeof(seen) / sizeof(seen[0])) > n->kept.n ||
		    first_of(n->kept, digests, sizeof(digests) / sizeof(digests[0])) > n->kept.n)
			continue;
		while (place.offset > 0 && n->kept.p[place.offset - 1] != '\n')
			place.offset--;
		at = place.offset;
		if (!line_next(n->kept, &at, &line))
			continue;
		place.length = line.n;
		place.line = line_of(n->kept, place.offset);
		tell(b, &place, "password of the address", trimmed(line), (struct span){ 0 },
		     (struct span){ 0 });
	}
}

/* -- scheduled jobs: crontab(5) -- */

#define MOST_JOBS 512

static void tell_job(struct boot *b, struct node *n, struct span line, uint32_t number)
{
	struct privilege_fact *f;

	if (*b->left == 0)
		return;
	f = fact_new(b->a, n, FACT_PRIVILEGE, span_place(n->kept, line), line.n);
	if (!f)
		return;
	--*b->left;
	f->f.line = number;
	f->privilege_kind = "scheduled";
	f->detail = arena_copy(b->a, span_head(line, 512));
}

/* Five fields of time, or one word such as @daily; then the command. */
static bool is_job(struct span line)
{
	struct span rest = line;

	if (line.n == 0 || line.p[0] == '#')
		return false;
	if (line.p[0] == '@')
		return true;
	for (int i = 0; i < 5; i++) {
		struct span field = word_next(&rest);

		for (size_t k = 0; k < field.n; k++)
			if (!memchr("0123456789*/,-", field.p[k], 14) &&
			    (i < 3 || field.p[k] < 'A' || field.p[k] > 'z'))
				return false;
	}
	return rest.n > 0;
}

void boot_jobs(struct boot *b)
{
	for (uint32_t i = 0; i < b->file_count; i++) {
		struct node *n = b->files[i];
		struct span line;
		size_t at = 0;

		if (!path_matches(n->path, "crontab,crontabs/*,cron.d/*,cron/*"))
			continue;
		for (uint32_t k = 1; k <= MOST_JOBS && line_next(n->kept, &at, &line); k++)
			if (is_job(trimmed(line)))
				tell_job(b, n, trimmed(line), k);
	}
}

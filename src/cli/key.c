/* key.c - evenhand key: makes a key that signs, says which key a file holds, and writes the line
 * that rules and admission files have of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "cli/cli.h"
#include "trust/roster.h"
#include "trust/sigkey.h"

struct key_file {
	char path[4096], temporary[4096];
	bool is_written, is_there;
};

/* The whole of a file beside its place, synced. */
static bool write_beside(struct key_file *f, mode_t mode, struct span bytes)
{
	const char *slash = strrchr(f->path, '/');
	int folder = slash ? (int)(slash - f->path + 1) : 0, fd, why;
	bool ok;

	snprintf(f->temporary, sizeof(f->temporary), "%.*s.key.XXXXXX", folder, f->path);
	fd = mkostemp(f->temporary, O_CLOEXEC);
	f->is_written = fd >= 0;
	ok = fd >= 0 && fchmod(fd, mode) == 0 && write_all(fd, bytes.p, bytes.n) && fsync(fd) == 0;
	why = errno;
	if (fd >= 0)
		close(fd);
	return ok || complain(f->path, "Is there such a folder, and may you write to it?",
			      "it cannot be written: %s", strerror(why));
}

/* Puts it into its place, which must be free. */
static bool put_in_place(struct key_file *f)
{
	f->is_there = link(f->temporary, f->path) == 0;
	if (f->is_there)
		return true;
	if (errno == EEXIST)
		return complain(f->path, "A key is never overwritten. Choose another name.",
				"there is something of that name");
	return complain(f->path, NULL, "it cannot be written: %s", strerror(errno));
}

static bool sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[4096];
	int fd;
	bool ok;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path + 1) : 1,
		 slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return ok || complain(folder, NULL, "it could not be synced: %s", strerror(errno));
}

/* Both files or none. The public one comes first: where the private one is, the other is too. */
static bool write_pair(struct key_file f[2], const struct text pem[2])
{
	bool ok = write_beside(&f[0], 0600, text_span(&pem[0])) &&
		  write_beside(&f[1], 0644, text_span(&pem[1])) && put_in_place(&f[1]) &&
		  put_in_place(&f[0]) && sync_folder(f[0].path);

	for (int i = 0; i < 2; i++) {
		if (f[i].is_written)
			unlink(f[i].temporary);
		if (!ok && f[i].is_there)
			unlink(f[i].path);
	}
	return ok;
}

static void print_key(const char *name, const struct sigkey *key)
{
	uint8_t digest[SHA256_SIZE];
	struct text t = { 0 };

	sigkey_digest(key, digest);
	text_format(&t, "%-8s  sha256 ", sigkey_kind_name(sigkey_kind_of(key)));
	text_hex(&t, (struct span){ digest, sizeof(digest) });
	text_puts(&t, "\n          ");
	text_escape(&t, span_text(name), "");
	printf("%s\n", t.p ? t.p : "");
	text_free(&t);
}

static bool make_and_write(const struct sigkey *key, const struct passphrase *p,
			   struct key_file f[2])
{
	struct text pem[2] = { { 0 }, { 0 } };
	bool ok =
		sigkey_write_private(key, (struct span){ (const uint8_t *)p->p, p->n }, &pem[0]) &&
		sigkey_write_public(key, &pem[1]);

	ok = ok ? write_pair(f, pem) : complain(NULL, NULL, "OpenSSL could not write the key");
	secret_free(&pem[0]);
	text_free(&pem[1]);
	return ok;
}

static int new_key(struct options *o)
{
	const char *path = o->inputs[0];
	struct key_file f[2] = { { .is_written = false }, { .is_written = false } };
	enum sigkey_kind kind = SIGKEY_P256;
	struct passphrase p = { .n = 0 };
	struct sigkey *key = NULL;
	bool ok;

	if (strlen(path) > sizeof(f[0].path) - 32)
		return complain(path, NULL, "the name is too long"), EXIT_TROUBLE;
	snprintf(f[0].path, sizeof(f[0].path), "%s", path);
	snprintf(f[1].path, sizeof(f[1].path), "%s.pub", path);
	if (o->signing.key_type && !sigkey_kind_named(o->signing.key_type, &kind))
		return complain("--type", "p256 or ed25519.", "\"%s\" is no type of key",
				o->signing.key_type),
		       EXIT_TROUBLE;
	if (access(f[0].path, F_OK) == 0 || access(f[1].path, F_OK) == 0)
		return complain(access(f[0].path, F_OK) == 0 ? f[0].path : f[1].path,
				"A key is never overwritten. Choose another name.",
				"there is something of that name"),
		       EXIT_TROUBLE;
	ok = passphrase_take(o->signing.passphrase, true, &p);
	key = ok ? sigkey_new(kind) : NULL;
	if (ok && !key)
		ok = complain(NULL, NULL, "OpenSSL could not make a key");
	ok = ok && make_and_write(key, &p, f);
	if (ok) {
		print_key(f[1].path, key);
		if (p.n == 0)
			fprintf(stderr,
				"The private key is not encrypted: whoever reads %s can "
				"sign.\n  With --passphrase it is.\n",
				path);
	}
	passphrase_forget(&p);
	sigkey_free(key);
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

static struct sigkey *any_key(const char *path, const char *passphrase)
{
	struct sigkey *key = NULL;
	bool is_private;
	uint8_t *pem;
	size_t n;

	if (sigkey_is_token(path))
		return private_key_take(path, passphrase);
	pem = small_file(path, MOST_KEY_FILE, &n);
	if (!pem)
		return NULL;
	is_private = sigkey_is_private((struct span){ pem, n });
	if (!is_private)
		key = sigkey_read_public((struct span){ pem, n });
	explicit_bzero(pem, n);
	free(pem);
	if (is_private)
		return private_key_take(path, passphrase);
	if (!key)
		complain(path, "evenhand key new makes one.",
			 "it is no key in PEM, P-256 or Ed25519");
	return key;
}

static int show_key(struct options *o)
{
	struct sigkey *key = any_key(o->inputs[0], o->signing.passphrase);
	struct text pem = { 0 };

	if (key)
		print_key(o->inputs[0], key);
	if (key && sigkey_write_public(key, &pem))
		fputs(pem.p, stdout); /* readers of PEM pass over what stands before it */
	text_free(&pem);
	sigkey_free(key);
	return key ? EXIT_PASSED : EXIT_TROUBLE;
}

static const struct option_row *const new_rows[] = { &option_type, &option_passphrase, NULL };

const struct command command_key_new = {
	.name = "key new",
	.usage = "key new [options] FILE",
	.about = "Makes a key that signs: FILE is the private one, for its owner alone, FILE.pub\n"
		 "the public one.",
	.options = new_rows,
	.notes =
		"The files are PKCS#8 and SPKI in PEM, as openssl reads them. FROM is \"ask\" (on\n"
		"the terminal), \"fd:N\" (an open descriptor) or the name of a file, whose first\n"
		"line is the passphrase.\n"
		"Exit: 0 done, 2 not done.",
	.run = new_key,
	.least = 1,
	.most = 1,
};

static const struct option_row *const show_rows[] = { &option_passphrase, NULL };

const struct command command_key_show = {
	.name = "key show",
	.usage = "key show [options] FILE",
	.about = "Says of what type a key is, its digest, and its public half in PEM.",
	.options = show_rows,
	.notes =
		"The digest is that of the SPKI in DER. FILE may be the URI of a key on a PKCS#11\n"
		"token (pkcs11:token=...;object=...); its PIN is told as passphrases are: FROM is\n"
		"\"ask\", \"fd:N\" or the name of a file.\n"
		"Exit: 0 done, 2 not done.",
	.run = show_key,
	.least = 1,
	.most = 1,
};

/* The line is read as whoever gets it will. */
static bool print_line(const struct sigkey *key, const char *name, const char *role)
{
	uint8_t spki[ROSTER_MOST_SPKI];
	struct roster *r = calloc(1, sizeof(*r));
	struct text t = { 0 };
	const char *wrong;

	text_format(&t, "%s %s ", name, role);
	base64_write(&t, (struct span){ spki, sigkey_spki(key, spki, sizeof(spki)) });
	wrong = t.failed || !r ? "out of memory" : roster_add(r, text_span(&t), 1);
	if (!wrong && (!span_is(r->keys[0].name, name) || r->keys[0].from != INT64_MIN))
		wrong = "a name is one word";
	if (wrong)
		complain(NULL, "evenhand key line FILE NAME ROLE: lab.key.pub lab.example lab.",
			 "%s", wrong);
	else
		printf("key %s\n", t.p);
	text_free(&t);
	free(r);
	return !wrong;
}

static int key_line(struct options *o)
{
	struct sigkey *key = any_key(o->inputs[0], o->signing.passphrase);
	bool ok = key && print_line(key, o->inputs[1], o->inputs[2]);

	sigkey_free(key);
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

const struct command command_key_line = {
	.name = "key line",
	.usage = "key line [options] FILE NAME ROLE",
	.about = "Prints the line that says in rules, and in a log's admission file, whose key it\n"
		 "is. ROLE is vendor, operator, lab, government or users.",
	.options = show_rows,
	.notes = "evenhand key line lab.key.pub lab.example lab >> rules\n"
		 "Behind it there may stand between which days the key counts: from 2026-01-01\n"
		 "until 2027-12-31. FILE may be the URI of a key on a PKCS#11 token.\n"
		 "Exit: 0 done, 2 not done.",
	.run = key_line,
	.least = 3,
	.most = 3,
};

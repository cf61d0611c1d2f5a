/* checks.c - every check on facts made by hand: one row a case. */
#include "unit/judge/scene.h"

#include <time.h>

#include "know/know.h"

/* What a case puts into the image besides a root file system. Returns nothing; the root has the
 * files that the parts name. */
struct parts {
	struct scene_tree s;
	struct node *root, *passwd, *shadow, *program, *key, *store;
};

static void begin(struct parts *p)
{
	p->root = scene_begin(&p->s, 1000000, 1000000);
	p->passwd = scene_entry(&p->s, p->root, KIND_FILE, "/etc/passwd", 100);
	p->shadow = scene_entry(&p->s, p->root, KIND_FILE, "/etc/shadow", 100);
	p->program = scene_entry(&p->s, p->root, KIND_FILE, "/bin/tool", 1000);
	p->key = scene_entry(&p->s, p->root, KIND_FILE, "/etc/key.pem", 1000);
	p->store = scene_entry(&p->s, p->root, KIND_FILE, "/etc/ssl/certs/ca.pem", 1000);
}

static struct account_fact *account(struct parts *p, const char *name, uint64_t uid,
				    const char *state)
{
	struct account_fact *a = scene_fact(&p->s, p->passwd, FACT_ACCOUNT, 1);
	bool hashed = strcmp(state, "empty") != 0 && strcmp(state, "disabled") != 0;

	a->name = span_text(name);
	a->uid = uid;
	a->shell = span_text("/bin/sh");
	a->state = state;
	a->can_log_in = strcmp(state, "enabled") == 0 || strcmp(state, "empty") == 0 ||
			strcmp(state, "web") == 0;
	if (hashed) {
		a->scheme = "sha512crypt";
		a->hash_node = p->shadow;
		a->hash_line = (uint32_t)uid + 1;
	}
	return a;
}

static struct hash_fact *hash(struct parts *p, const char *name, uint32_t line, const char *scheme)
{
	struct hash_fact *h = scene_fact(&p->s, p->shadow, FACT_HASH, line);

	h->account = span_text(name);
	h->scheme = scheme;
	h->salt = span_text(line % 2 ? "saltysalt" : "othersalt");
	h->passwords_tried = h->passwords_known = 100;
	return h;
}

static struct key_fact *key(struct parts *p, const char *kind, const char *algorithm, uint32_t bits)
{
	struct key_fact *k = scene_fact(&p->s, p->key, FACT_KEY, 1);

	k->key_kind = kind;
	k->algorithm = algorithm;
	k->bits = bits;
	k->encoding = "pem pkcs8";
	k->spki_sha256 =
		span_text("00000000000000000000000000000000000000000000000000000000000000aa");
	return k;
}

static struct certificate_fact *certificate(struct parts *p, const char *signature)
{
	struct certificate_fact *x = scene_fact(&p->s, p->store, FACT_CERTIFICATE, 1);

	x->subject = x->issuer = span_text("CN=router");
	x->not_before = span_text("2020-01-01T00:00:00Z");
	x->not_after = span_text("2030-01-01T00:00:00Z");
	x->signature = span_text(signature);
	x->key_algorithm = "rsa";
	x->key_bits = 2048;
	x->sha256 = x->spki_sha256 =
		span_text("00000000000000000000000000000000000000000000000000000000000000bb");
	return x;
}

static struct executable_fact *object(struct parts *p)
{
	struct executable_fact *x = scene_fact(&p->s, p->program, FACT_EXECUTABLE, 0);

	x->machine = span_text("ARM");
	x->bits = 32;
	x->endian = "little";
	x->type = "DYN";
	x->pie = "yes";
	x->relro = "full";
	x->nx = x->canary = x->fortify = x->stripped = TRI_YES;
	x->interpreter = span_text("/lib/ld-linux-armhf.so.3");
	return x;
}

static void calls(struct parts *p, struct executable_fact *x, const char *function)
{
	struct span *list = arena_take(&p->s.arena, 1, sizeof(*list));

	*list = span_text(function);
	x->unsafe_calls = (struct spans){ list, 1 };
}

/* The key of the table's first row, as hex. */
static struct span published(struct parts *p, const char *kind)
{
	struct text t = { 0 };
	struct span hex;
	size_t i = 0;

	while (i < known_keys_count && strcmp(known_keys[i].kind, kind) != 0)
		i++;
	assert_true(i < known_keys_count);
	text_hex(&t, (struct span){ known_keys[i].spki_sha256, 32 });
	hex = arena_copy(&p->s.arena, text_span(&t));
	text_free(&t);
	return hex;
}

static struct node *opaque(struct parts *p, enum state state, uint32_t entropy)
{
	struct node *n;

	p->s.tree.image->size = p->s.tree.image->length = 1100000;
	n = scene_region(&p->s, p->s.tree.image, NULL, 1000000, 100000, state);
	n->entropy = entropy;
	return n;
}

/* -- what the rows of the table put in -- */
static void nothing(struct parts *p)
{
	(void)p;
}
static void masked_region(struct parts *p)
{
	opaque(p, STATE_UNKNOWN, 7200)->label = LABEL_REPEATS;
}
static void encrypted_region(struct parts *p)
{
	opaque(p, STATE_ENCRYPTED, 7990);
}
static void unknown_region(struct parts *p)
{
	opaque(p, STATE_UNKNOWN, 4000);
}
static void small_unknown(struct parts *p)
{
	p->s.tree.image->size = p->s.tree.image->length = 1001000;
	scene_region(&p->s, p->s.tree.image, NULL, 1000000, 1000, STATE_UNKNOWN);
}
static void wrong_sum(struct parts *p)
{
	scene_fault(&p->s, p->root, fault_at(FAULT_BROKEN, 4, "crc", 1, 2));
}
static void no_region(struct parts *p)
{
	p->root->format = NULL;
}
static void identity(struct parts *p, const char *product, const char *version)
{
	struct identity_fact *f = scene_fact(&p->s, p->passwd, FACT_IDENTITY, 0);

	f->product = span_text(product);
	f->version = span_text(version);
}
static void named(struct parts *p)
{
	identity(p, "AR-1", "1.0");
}
static void named_twice(struct parts *p)
{
	identity(p, "AR-1", "1.0");
	identity(p, "AR-1", "2.0");
}
static void only_version(struct parts *p)
{
	identity(p, "", "1.0");
}
static void empty_password(struct parts *p)
{
	account(p, "tech", 7, "empty");
}
static void empty_without_shell(struct parts *p)
{
	account(p, "tech", 7, "empty")->can_log_in = false;
}
static void plain_root(struct parts *p)
{
	account(p, "root", 0, "enabled");
}
static void shadow_is_link(struct parts *p)
{
	struct node *n = scene_entry(&p->s, p->root, KIND_SYMLINK, "/var/etc/shadow", 0);

	n->target = span_text("/tmp/shadow");
}
static void two_roots(struct parts *p)
{
	account(p, "root", 0, "enabled");
	account(p, "admin", 4294967296u, "enabled");
}
static void two_roots_known(struct parts *p)
{
	account(p, "root", 0, "enabled");
	account(p, "admin", 0, "enabled")->has_password = true;
}
static void second_root_locked(struct parts *p)
{
	account(p, "root", 0, "enabled");
	account(p, "toor", 0, "locked");
}
static void same_uid(struct parts *p)
{
	account(p, "a", 5, "enabled");
	account(p, "b", 5, "enabled");
}
static void same_name(struct parts *p)
{
	account(p, "a", 5, "enabled");
	account(p, "a", 6, "enabled");
}
static void same_uid_locked(struct parts *p)
{
	account(p, "a", 5, "enabled");
	account(p, "b", 5, "locked");
}
static void same_uid_apart(struct parts *p)
{
	account(p, "a", 5, "enabled");
	account(p, "b", 5, "locked");
	account(p, "c", 5, "disabled");
	account(p, "d", 5, "enabled");
}
static void daemons(struct parts *p)
{
	account(p, "a", 5, "disabled");
	account(p, "b", 5, "disabled");
}
static void web_account(struct parts *p)
{
	account(p, "admin", 3, "web");
}
static void authorised(struct parts *p)
{
	p->key->path = span_text("/root/.ssh/authorized_keys");
	key(p, "public", "rsa", 2048);
}
static void authorised_known(struct parts *p)
{
	authorised(p);
	((struct key_fact *)p->key->facts)->known = span_text("fwkeys");
}
static void other_public(struct parts *p)
{
	key(p, "public", "rsa", 2048);
}
static void telnetd(struct parts *p)
{
	scene_entry(&p->s, p->root, KIND_SYMLINK, "/usr/sbin/telnetd", 0);
}
static void des_hash(struct parts *p)
{
	hash(p, "root", 1, "des");
}
static void md5_hash(struct parts *p)
{
	hash(p, "root", 1, "md5crypt");
}
static void sha512_hash(struct parts *p)
{
	hash(p, "root", 1, "sha512crypt")->cost = 5000;
}
static void cheap_bcrypt(struct parts *p)
{
	hash(p, "root", 1, "bcrypt")->cost = 4;
}
static void no_salt(struct parts *p)
{
	hash(p, "root", 1, "md5crypt")->salt = (struct span){ 0 };
}
static void name_as_salt(struct parts *p)
{
	hash(p, "root", 1, "md5crypt")->salt = span_text("root");
}
static void shared_salt(struct parts *p)
{
	hash(p, "root", 1, "md5crypt");
	hash(p, "tech", 3, "md5crypt");
}
static void known_password(struct parts *p)
{
	struct hash_fact *h = hash(p, "root", 1, "sha512crypt");

	account(p, "root", 0, "enabled");
	h->has_password = true;
	h->password = span_text("admin");
}
static void known_but_locked(struct parts *p)
{
	known_password(p);
	((struct account_fact *)p->passwd->facts)->state = "locked";
}
static void untried(struct parts *p)
{
	hash(p, "root", 1, "yescrypt")->untried = "budget";
}
static void untried_scheme(struct parts *p)
{
	hash(p, "root", 1, "yescrypt")->untried = "scheme";
}
static void shipped_key(struct parts *p)
{
	key(p, "private", "rsa", 2048);
}
static void published_key(struct parts *p)
{
	key(p, "private", "rsa", 2048)->spki_sha256 = published(p, "private-key");
}
static void example_key(struct parts *p)
{
	key(p, "private", "rsa", 2048)->spki_sha256 = published(p, "published-example-key");
}
static void published_certificate(struct parts *p)
{
	certificate(p, "sha256WithRSAEncryption")->spki_sha256 = published(p, "private-key");
}
static void key_in_published_program(struct parts *p)
{
	struct component_fact *c;
	const struct node **list = arena_take(&p->s.arena, 1, sizeof(*list));
	struct key_fact *k;

	object(p);
	k = scene_fact(&p->s, p->program, FACT_KEY, 0);
	*k = (struct key_fact){ .f = k->f,
				.key_kind = "private",
				.algorithm = "rsa",
				.bits = 512,
				.encoding = "der pkcs1",
				.spki_sha256 = published(p, "private-key") };
	c = scene_fact(&p->s, p->program, FACT_COMPONENT, 0);
	c->source = "banner";
	list[0] = p->program;
	c->nodes = (struct node_list){ list, 1 };
}
static void key_in_library(struct parts *p)
{
	object(p)->pie = "shared object";
	scene_fact(&p->s, p->program, FACT_KEY, 0);
	*(struct key_fact *)p->program->last_fact =
		(struct key_fact){ .f = *p->program->last_fact,
				   .key_kind = "private",
				   .encoding = "pem pkcs1",
				   .spki_sha256 = published(p, "private-key") };
}
static void encrypted_key(struct parts *p)
{
	struct key_fact *k = key(p, "private", NULL, 0);

	k->encrypted = true;
	k->spki_sha256 = (struct span){ 0 };
}
static struct certificate_fact *pair(struct parts *p)
{
	struct certificate_fact *x;

	key(p, "private", "rsa", 2048);
	x = certificate(p, "sha256WithRSAEncryption");
	x->spki_sha256 = ((struct key_fact *)p->key->facts)->spki_sha256;
	return x;
}
static void server_pair(struct parts *p)
{
	pair(p);
}
static void trusted_pair(struct parts *p)
{
	pair(p)->is_ca = true;
}
static void good_certificate(struct parts *p)
{
	certificate(p, "sha256WithRSAEncryption");
}
static void short_rsa(struct parts *p)
{
	key(p, "private", "rsa", 1024);
}
static struct spans weaknesses(struct parts *p, const char *name)
{
	struct span *list = arena_take(&p->s.arena, 1, sizeof(*list));

	*list = span_text(name ? name : "");
	return (struct spans){ list, name != NULL };
}
static void tested_rsa(struct parts *p)
{
	key(p, "private", "rsa", 2048)->weaknesses = weaknesses(p, NULL);
}
static void roca_rsa(struct parts *p)
{
	tested_rsa(p);
	key(p, "public", "rsa", 2048)->weaknesses = weaknesses(p, "roca");
}
static void small_factor(struct parts *p)
{
	key(p, "public", "rsa", 2048)->weaknesses = weaknesses(p, "small factor");
}
static void exponent_certificate(struct parts *p)
{
	certificate(p, "sha256WithRSAEncryption")->weaknesses = weaknesses(p, "exponent");
}
static void shared_certificate(struct parts *p)
{
	certificate(p, "sha256WithRSAEncryption")->weaknesses = weaknesses(p, "shared prime");
}
static void short_ec(struct parts *p)
{
	key(p, "public", "ec", 192);
}
static void long_dsa(struct parts *p)
{
	key(p, "private", "dsa", 2048);
}
static void ed25519(struct parts *p)
{
	key(p, "private", "ed25519", 256);
}
static void short_certificate(struct parts *p)
{
	certificate(p, "sha256WithRSAEncryption")->key_bits = 1024;
}
static void md5_certificate(struct parts *p)
{
	certificate(p, "md5WithRSAEncryption");
}
static void sha1_server(struct parts *p)
{
	certificate(p, "sha1WithRSAEncryption");
}
static void sha1_root(struct parts *p)
{
	certificate(p, "sha1WithRSAEncryption")->self_signed = true;
}
static void sha1_old_server(struct parts *p)
{
	certificate(p, "sha1WithRSAEncryption")->not_before = span_text("2014-01-01T00:00:00Z");
}
static struct certificate_fact *pinned(struct parts *p)
{
	p->store->path = span_text("/etc/acme/server.pem");
	return certificate(p, "sha256WithRSAEncryption");
}
static void expired(struct parts *p)
{
	p->s.options.as_of = "2031-06-01";
	pinned(p);
}
static void not_expired(struct parts *p)
{
	p->s.options.as_of = "2030-01-01";
	pinned(p);
}
static void undated(struct parts *p)
{
	pinned(p);
}
static void for_a_century(struct parts *p)
{
	pinned(p)->not_after = span_text("2120-01-01T00:00:00Z");
}
static void for_twenty_years_and_a_day(struct parts *p)
{
	p->s.options.as_of = "2021-01-01";
	pinned(p)->not_after = span_text("2040-01-02T00:00:00Z");
}
static void for_twenty_years(struct parts *p)
{
	p->s.options.as_of = "2021-01-01";
	pinned(p)->not_after = span_text("2040-01-01T00:00:00Z");
}
static void expired_root(struct parts *p)
{
	p->s.options.as_of = "2031-06-01";
	certificate(p, "sha256WithRSAEncryption");
}
static void ca_certificate(struct parts *p)
{
	certificate(p, "sha256WithRSAEncryption")->is_ca = true;
}
/* Real digests: a root that is trusted still, and one that was in no list after 2015. */
#define ISRG_X1 "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6"
#define EQUIFAX "08297a4047dba23680c731db6e317653ca7848e1bebd3a0b0179a707f92cf178"

static void anchors(struct parts *p, const char *sha256, int count, const char *as_of)
{
	p->s.options.as_of = as_of;
	for (int i = 0; i < count; i++) {
		struct certificate_fact *x = certificate(p, "sha256WithRSAEncryption");

		x->is_ca = true;
		x->sha256 = span_text(sha256);
	}
}
static void public_root(struct parts *p)
{
	anchors(p, ISRG_X1, 1, NULL);
}
static void removed_root(struct parts *p)
{
	anchors(p, EQUIFAX, 1, NULL);
}
static void young_store(struct parts *p)
{
	anchors(p, ISRG_X1, 10, "2021-01-01");
}
static void old_store(struct parts *p)
{
	anchors(p, ISRG_X1, 10, "2030-01-01");
}
static void host_key(struct parts *p)
{
	p->key->path = span_text("/etc/ssh/ssh_host_rsa_key");
	key(p, "private", "rsa", 3072);
}
static void hard_object(struct parts *p)
{
	object(p);
}
static void kernel_module(struct parts *p)
{
	object(p)->type = "REL";
}
static void peripheral_firmware(struct parts *p)
{
	p->program->path = span_text("/lib/firmware/wifi.bin");
	object(p)->nx = TRI_NO;
}
static void soft_stack(struct parts *p)
{
	object(p)->nx = TRI_NO;
}
static void no_stack_header(struct parts *p)
{
	object(p)->nx = TRI_NULL;
}
static void no_stack_header_arm64(struct parts *p)
{
	struct executable_fact *x = object(p);

	x->nx = TRI_NULL;
	x->machine = span_text("AArch64");
}
static void soft_stack_mips(struct parts *p)
{
	struct executable_fact *x = object(p);

	x->nx = TRI_NO;
	x->machine = span_text("MIPS R3000");
}
static void fixed_address(struct parts *p)
{
	struct executable_fact *x = object(p);

	x->type = "EXEC";
	x->pie = "no";
}
static void library(struct parts *p)
{
	object(p)->pie = "shared object";
}
static void old_library(struct parts *p)
{
	p->program->path = span_text("/lib/libc.so.0");
	object(p)->interpreter = (struct span){ 0 };
}
static void partial_relro(struct parts *p)
{
	object(p)->relro = "partial";
}
static void no_canary(struct parts *p)
{
	struct executable_fact *x = object(p);

	x->canary = TRI_NO;
	calls(p, x, "strcpy");
}
static void no_canary_needed(struct parts *p)
{
	object(p)->canary = TRI_NO;
}
static void no_symbols(struct parts *p)
{
	struct executable_fact *x = object(p);

	x->canary = x->fortify = TRI_NULL;
}
static void no_fortify(struct parts *p)
{
	struct executable_fact *x = object(p);

	x->fortify = TRI_NO;
	calls(p, x, "memcpy");
}
static void musl(struct parts *p)
{
	struct executable_fact *x = object(p);

	x->fortify = TRI_NO;
	x->interpreter = span_text("/lib/ld-musl-armhf.so.1");
	calls(p, x, "memcpy");
	/* a library that names no C library stands beside it */
	p->program = p->store;
	no_fortify(p);
}
static void path_in_tmp(struct parts *p)
{
	object(p)->rpath = span_text("/usr/lib:/tmp/lib");
}
static void path_with_hole(struct parts *p)
{
	object(p)->runpath = span_text("/usr/lib:");
}
static void path_of_builder(struct parts *p)
{
	object(p)->runpath = span_text("/home/ci/build/lib");
}
static void path_of_origin(struct parts *p)
{
	object(p)->runpath = span_text("$ORIGIN/../lib:/usr/lib/acme");
}
static void calls_gets(struct parts *p)
{
	calls(p, object(p), "gets");
}
static void calls_strcpy(struct parts *p)
{
	calls(p, object(p), "strcpy");
}
static void with_symbols(struct parts *p)
{
	object(p)->stripped = TRI_NO;
}

static void patched_code(struct parts *p)
{
	object(p)->text_relocations = TRI_YES;
}
static void guards(struct parts *p, const char *machine, const char *const *names, uint32_t n)
{
	struct executable_fact *x = object(p);
	struct span *list = arena_take(&p->s.arena, n + 1, sizeof(*list));

	for (uint32_t i = 0; i < n; i++)
		list[i] = span_text(names[i]);
	x->machine = span_text(machine);
	x->control_flow = (struct spans){ list, n };
}
static void arm64_unguarded(struct parts *p)
{
	guards(p, "AArch64", NULL, 0);
}
static void arm64_guarded(struct parts *p)
{
	static const char *const names[] = { "bti", "pac" };

	guards(p, "AArch64", names, 2);
}
static void arm_with_cfi(struct parts *p)
{
	static const char *const names[] = { "cfi" };

	guards(p, "ARM", names, 1);
}
static void packed(struct parts *p)
{
	object(p)->packed = "upx";
}
static void packed_with_soft_stack(struct parts *p)
{
	struct executable_fact *x = object(p);

	x->packed = "dense";
	x->nx = TRI_NO;
}
static void writable_code(struct parts *p)
{
	object(p)->writable_code = "yes";
}
static void writable_by_old_abi(struct parts *p)
{
	object(p)->writable_code = "old abi";
}

/* clang-format off */
static const struct row {
	const char *check;
	void (*put)(struct parts *p);
	enum outcome outcome;
	enum reason reason;
} table[] = {
	{ "IMG-01", nothing, OUTCOME_PASS, REASON_NONE },
	{ "IMG-01", small_unknown, OUTCOME_REVIEW, REASON_NONE },
	{ "IMG-01", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_UNKNOWN_FORMAT },
	{ "IMG-01", encrypted_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "IMG-02", nothing, OUTCOME_PASS, REASON_NONE },
	{ "IMG-02", unknown_region, OUTCOME_PASS, REASON_NONE },
	{ "IMG-02", masked_region, OUTCOME_REVIEW, REASON_NONE },
	{ "IMG-02", encrypted_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "IMG-03", nothing, OUTCOME_PASS, REASON_NONE },
	{ "IMG-03", wrong_sum, OUTCOME_REVIEW, REASON_NONE },
	{ "IMG-03", no_region, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "IMG-04", nothing, OUTCOME_PASS, REASON_NONE },
	{ "IMG-04", unknown_region, OUTCOME_REVIEW, REASON_NONE },
	{ "IMG-05", named, OUTCOME_PASS, REASON_NONE },
	{ "IMG-05", named_twice, OUTCOME_REVIEW, REASON_NONE },
	{ "IMG-05", only_version, OUTCOME_NOT_EVALUABLE, REASON_VERSION_UNKNOWN },
	{ "IMG-05", nothing, OUTCOME_NOT_EVALUABLE, REASON_VERSION_UNKNOWN },
	{ "IMG-06", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "ACC-01", empty_password, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-01", empty_without_shell, OUTCOME_PASS, REASON_NONE },
	{ "ACC-01", plain_root, OUTCOME_PASS, REASON_NONE },
	{ "ACC-01", shadow_is_link, OUTCOME_NOT_EVALUABLE, REASON_RUNTIME_ONLY },
	{ "ACC-01", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "ACC-01", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_UNKNOWN_FORMAT },
	{ "ACC-02", plain_root, OUTCOME_PASS, REASON_NONE },
	{ "ACC-02", two_roots, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-02", two_roots_known, OUTCOME_FAIL, REASON_NONE },
	{ "ACC-02", second_root_locked, OUTCOME_PASS, REASON_NONE },
	{ "ACC-02", encrypted_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "ACC-03", plain_root, OUTCOME_PASS, REASON_NONE },
	{ "ACC-03", same_uid, OUTCOME_FAIL, REASON_NONE },
	{ "ACC-03", same_name, OUTCOME_FAIL, REASON_NONE },
	{ "ACC-03", same_uid_apart, OUTCOME_FAIL, REASON_NONE },
	{ "ACC-03", same_uid_locked, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-03", daemons, OUTCOME_PASS, REASON_NONE },
	{ "ACC-03", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_UNKNOWN_FORMAT },
	{ "ACC-04", plain_root, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-04", daemons, OUTCOME_PASS, REASON_NONE },
	{ "ACC-04", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_UNKNOWN_FORMAT },
	{ "ACC-05", nothing, OUTCOME_PASS, REASON_NONE },
	{ "ACC-06", web_account, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-06", nothing, OUTCOME_PASS, REASON_NONE },
	{ "ACC-07", nothing, OUTCOME_NOT_EVALUABLE, REASON_DOCUMENTS_NEEDED },
	{ "ACC-08", authorised, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-08", authorised_known, OUTCOME_FAIL, REASON_NONE },
	{ "ACC-08", other_public, OUTCOME_PASS, REASON_NONE },
	{ "ACC-08", encrypted_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "ACC-09", telnetd, OUTCOME_NOT_EVALUABLE, REASON_RUNTIME_ONLY },
	{ "ACC-09", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "ACC-09", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_UNKNOWN_FORMAT },
	{ "ACC-10", telnetd, OUTCOME_NOT_EVALUABLE, REASON_RUNTIME_ONLY },
	{ "ACC-10", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "CRED-01", des_hash, OUTCOME_FAIL, REASON_NONE },
	{ "CRED-01", md5_hash, OUTCOME_REVIEW, REASON_NONE },
	{ "CRED-01", cheap_bcrypt, OUTCOME_REVIEW, REASON_NONE },
	{ "CRED-01", sha512_hash, OUTCOME_PASS, REASON_NONE },
	{ "CRED-01", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "CRED-01", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_UNKNOWN_FORMAT },
	{ "CRED-02", no_salt, OUTCOME_FAIL, REASON_NONE },
	{ "CRED-02", name_as_salt, OUTCOME_FAIL, REASON_NONE },
	{ "CRED-02", shared_salt, OUTCOME_REVIEW, REASON_NONE },
	{ "CRED-02", md5_hash, OUTCOME_PASS, REASON_NONE },
	{ "CRED-02", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "CRED-03", known_password, OUTCOME_FAIL, REASON_NONE },
	{ "CRED-03", known_but_locked, OUTCOME_REVIEW, REASON_NONE },
	{ "CRED-03", untried, OUTCOME_NOT_EVALUABLE, REASON_LIMIT_REACHED },
	{ "CRED-03", untried_scheme, OUTCOME_NOT_EVALUABLE, REASON_NO_DATA_TABLE },
	{ "CRED-03", sha512_hash, OUTCOME_PASS, REASON_NONE },
	{ "CRED-03", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "CRED-04", plain_root, OUTCOME_REVIEW, REASON_NONE },
	{ "CRED-04", daemons, OUTCOME_PASS, REASON_NONE },
	{ "CRED-04", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_UNKNOWN_FORMAT },
	{ "CRED-05", nothing, OUTCOME_PASS, REASON_NONE },
	{ "CRED-06", nothing, OUTCOME_NOT_EVALUABLE, REASON_RUNTIME_ONLY },
	{ "CRED-07", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "CRED-08", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "KEY-01", published_key, OUTCOME_FAIL, REASON_NONE },
	{ "KEY-01", example_key, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-01", key_in_published_program, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-01", key_in_library, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-01", published_certificate, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-01", encrypted_key, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "KEY-01", shipped_key, OUTCOME_PASS, REASON_NONE },
	{ "KEY-02", shipped_key, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-02", encrypted_key, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "KEY-02", other_public, OUTCOME_PASS, REASON_NONE },
	{ "KEY-03", trusted_pair, OUTCOME_FAIL, REASON_NONE },
	{ "KEY-03", server_pair, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-03", good_certificate, OUTCOME_PASS, REASON_NONE },
	{ "KEY-03", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "KEY-03", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_UNKNOWN_FORMAT },
	{ "KEY-04", nothing, OUTCOME_PASS, REASON_NONE },
	{ "KEY-04", shipped_key, OUTCOME_NOT_EVALUABLE, REASON_NO_DATA_TABLE },
	{ "KEY-05", short_rsa, OUTCOME_FAIL, REASON_NONE },
	{ "KEY-05", short_ec, OUTCOME_FAIL, REASON_NONE },
	{ "KEY-05", short_certificate, OUTCOME_FAIL, REASON_NONE },
	{ "KEY-05", long_dsa, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-05", ed25519, OUTCOME_PASS, REASON_NONE },
	{ "KEY-05", key_in_published_program, OUTCOME_PASS, REASON_NONE },
	{ "KEY-05", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "KEY-05", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_UNKNOWN_FORMAT },
	{ "KEY-05", small_factor, OUTCOME_FAIL, REASON_NONE },
	{ "KEY-05", exponent_certificate, OUTCOME_FAIL, REASON_NONE },
	{ "KEY-05", roca_rsa, OUTCOME_PASS, REASON_NONE },
	{ "KEY-06", roca_rsa, OUTCOME_FAIL, REASON_NONE },
	{ "KEY-06", shared_certificate, OUTCOME_FAIL, REASON_NONE },
	{ "KEY-06", small_factor, OUTCOME_NOT_EVALUABLE, REASON_NO_DATA_TABLE },
	/* left out as one of a store: no limit of this image, exit code 3 would say so */
	{ "KEY-06", good_certificate, OUTCOME_NOT_EVALUABLE, REASON_NO_DATA_TABLE },
	{ "KEY-06", tested_rsa, OUTCOME_NOT_EVALUABLE, REASON_NO_DATA_TABLE },
	{ "KEY-06", shipped_key, OUTCOME_NOT_EVALUABLE, REASON_LIMIT_REACHED },
	{ "KEY-06", encrypted_key, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "KEY-06", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "KEY-06", ed25519, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "KEY-07", md5_certificate, OUTCOME_FAIL, REASON_NONE },
	{ "KEY-07", sha1_server, OUTCOME_FAIL, REASON_NONE },
	{ "KEY-07", sha1_root, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-07", sha1_old_server, OUTCOME_PASS, REASON_NONE },
	{ "KEY-07", good_certificate, OUTCOME_PASS, REASON_NONE },
	{ "KEY-07", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "KEY-08", expired, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-08", for_twenty_years_and_a_day, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-08", for_twenty_years, OUTCOME_PASS, REASON_NONE },
	{ "KEY-08", ca_certificate, OUTCOME_PASS, REASON_NONE },
	{ "KEY-08", for_a_century, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-08", expired_root, OUTCOME_PASS, REASON_NONE },
	{ "KEY-08", not_expired, OUTCOME_PASS, REASON_NONE },
	{ "KEY-08", undated, OUTCOME_NOT_EVALUABLE, REASON_DOCUMENTS_NEEDED },
	{ "KEY-08", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "KEY-09", ca_certificate, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-09", removed_root, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-09", public_root, OUTCOME_PASS, REASON_NONE },
	{ "KEY-09", young_store, OUTCOME_PASS, REASON_NONE },
	{ "KEY-09", old_store, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-09", encrypted_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "KEY-09", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "KEY-10", host_key, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-10", shipped_key, OUTCOME_PASS, REASON_NONE },
	{ "KEY-10", encrypted_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "KEY-11", nothing, OUTCOME_NOT_EVALUABLE, REASON_RUNTIME_ONLY },
	{ "BIN-01", soft_stack, OUTCOME_FAIL, REASON_NONE },
	{ "BIN-01", no_stack_header, OUTCOME_FAIL, REASON_NONE },
	{ "BIN-01", no_stack_header_arm64, OUTCOME_PASS, REASON_NONE },
	{ "BIN-01", soft_stack_mips, OUTCOME_REVIEW, REASON_NONE },
	{ "BIN-01", hard_object, OUTCOME_PASS, REASON_NONE },
	{ "BIN-01", kernel_module, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "BIN-01", peripheral_firmware, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "BIN-01", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_UNKNOWN_FORMAT },
	{ "BIN-02", fixed_address, OUTCOME_REVIEW, REASON_NONE },
	{ "BIN-02", hard_object, OUTCOME_PASS, REASON_NONE },
	{ "BIN-02", library, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "BIN-02", old_library, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "BIN-03", partial_relro, OUTCOME_REVIEW, REASON_NONE },
	{ "BIN-03", hard_object, OUTCOME_PASS, REASON_NONE },
	{ "BIN-03", encrypted_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "BIN-04", no_canary, OUTCOME_REVIEW, REASON_NONE },
	{ "BIN-04", no_canary_needed, OUTCOME_PASS, REASON_NONE },
	{ "BIN-04", no_symbols, OUTCOME_NOT_EVALUABLE, REASON_NO_SYMBOLS },
	{ "BIN-05", no_fortify, OUTCOME_REVIEW, REASON_NONE },
	{ "BIN-05", musl, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "BIN-05", no_symbols, OUTCOME_NOT_EVALUABLE, REASON_NO_SYMBOLS },
	{ "BIN-05", hard_object, OUTCOME_PASS, REASON_NONE },
	{ "BIN-06", path_in_tmp, OUTCOME_FAIL, REASON_NONE },
	{ "BIN-06", path_with_hole, OUTCOME_FAIL, REASON_NONE },
	{ "BIN-06", path_of_builder, OUTCOME_REVIEW, REASON_NONE },
	{ "BIN-06", path_of_origin, OUTCOME_PASS, REASON_NONE },
	{ "BIN-06", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "BIN-07", hard_object, OUTCOME_PASS, REASON_NONE },
	{ "BIN-07", patched_code, OUTCOME_REVIEW, REASON_NONE },
	{ "BIN-07", packed, OUTCOME_NOT_EVALUABLE, REASON_OPAQUE_REGION },
	{ "BIN-01", packed_with_soft_stack, OUTCOME_FAIL, REASON_NONE },
	{ "BIN-03", packed_with_soft_stack, OUTCOME_NOT_EVALUABLE, REASON_OPAQUE_REGION },
	{ "BIN-08", calls_gets, OUTCOME_REVIEW, REASON_NONE },
	{ "BIN-08", calls_strcpy, OUTCOME_PASS, REASON_NONE },
	{ "BIN-08", no_symbols, OUTCOME_NOT_EVALUABLE, REASON_NO_SYMBOLS },
	{ "BIN-09", with_symbols, OUTCOME_REVIEW, REASON_NONE },
	{ "BIN-09", hard_object, OUTCOME_PASS, REASON_NONE },
	{ "BIN-09", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_UNKNOWN_FORMAT },
	{ "BIN-10", hard_object, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "BIN-10", arm64_unguarded, OUTCOME_REVIEW, REASON_NONE },
	{ "BIN-10", arm64_guarded, OUTCOME_REVIEW, REASON_NONE },
	{ "BIN-10", arm_with_cfi, OUTCOME_REVIEW, REASON_NONE },
	{ "BIN-11", hard_object, OUTCOME_PASS, REASON_NONE },
	{ "BIN-11", packed, OUTCOME_REVIEW, REASON_NONE },
	{ "BIN-11", encrypted_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "BIN-12", hard_object, OUTCOME_PASS, REASON_NONE },
	{ "BIN-12", writable_code, OUTCOME_FAIL, REASON_NONE },
	{ "BIN-12", writable_by_old_abi, OUTCOME_FAIL, REASON_NONE },
	{ "BIN-12", packed, OUTCOME_NOT_EVALUABLE, REASON_OPAQUE_REGION },
	{ "BIN-12", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	/* With feeds: vulnerability.c. */
	{ "SBOM-05", nothing, OUTCOME_NOT_EVALUABLE, REASON_NO_DATA_TABLE },
	{ "SBOM-06", nothing, OUTCOME_NOT_EVALUABLE, REASON_NO_DATA_TABLE },
};
/* clang-format on */

#define ROWS (sizeof(table) / sizeof(table[0]))

static void every_row_ends_as_the_catalogue_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &table[i];
		const struct verdict *v;
		struct parts p;

		begin(&p);
		row->put(&p);
		scene_judge(&p.s);
		v = scene_verdict(&p.s, row->check);
		if (v->outcome != row->outcome || v->reason != row->reason)
			fail_msg("row %zu, %s: %s (%s), not %s (%s)", i, row->check,
				 outcome_name(v->outcome), v->reason ? reason_name(v->reason) : "-",
				 outcome_name(row->outcome),
				 row->reason ? reason_name(row->reason) : "-");
		scene_end(&p.s);
	}
}

/* Other groups have files of their own. */
static bool is_of_this_file(const struct check *c)
{
	static const char *const groups[] = { "IMG", "ACC", "CRED", "KEY", "BIN" };

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (strcmp(c->group, groups[i]) == 0)
			return true;
	return false;
}

static void every_check_has_a_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < check_count; i++) {
		size_t k = 0;

		if (!is_of_this_file(checks[i]))
			continue;
		while (k < ROWS && strcmp(table[k].check, checks[i]->id) != 0)
			k++;
		if (k == ROWS)
			fail_msg("%s is not tested", checks[i]->id);
	}
}

static unsigned cells(const char *text)
{
	struct span s = span_text(text);
	unsigned n = 0;

	for (size_t at = 0; at < s.n;) {
		uint32_t code = 0;
		size_t used = utf8_decode(span_from(s, at), &code);

		assert_true(used > 0);
		n += (unsigned)code_point_width(code);
		at += used;
	}
	return n;
}

static void sentences_fit_and_use_plain_words(void **state)
{
	static const char *const never[] = { "vulnerab", "critical", "danger", "insecure",
					     "hacker",   "score",    "clean",  "!" };

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct parts p;

		begin(&p);
		table[i].put(&p);
		scene_judge(&p.s);
		for (uint32_t k = 0; k < p.s.verdict_count; k++) {
			const struct verdict *v = &p.s.verdicts[k];

			if (!v->says[0] || cells(v->says) > 66)
				fail_msg("%s: \"%s\" has %u cells", v->check->id, v->says,
					 cells(v->says));
			for (size_t w = 0; w < sizeof(never) / sizeof(never[0]); w++)
				assert_null(strstr(v->says, never[w]));
		}
		scene_end(&p.s);
	}
}

static void a_failing_fact_stays_a_failure_beside_opaque_regions(void **state)
{
	struct parts p;

	(void)state;
	begin(&p);
	des_hash(&p);
	encrypted_region(&p);
	scene_judge(&p.s);
	assert_int_equal(scene_verdict(&p.s, "CRED-01")->outcome, OUTCOME_FAIL);
	scene_end(&p.s);
}

static void an_open_verdict_names_the_region(void **state)
{
	const struct verdict *v;
	struct parts p;

	(void)state;
	begin(&p);
	plain_root(&p);
	encrypted_region(&p);
	scene_judge(&p.s);
	v = scene_verdict(&p.s, "ACC-01");
	assert_int_equal(v->outcome, OUTCOME_NOT_EVALUABLE);
	assert_int_equal(v->evidence_count, 1);
	assert_int_equal(v->evidence[0].node->offset, 1000000);
	assert_int_equal(v->evidence[0].length, 100000);
	scene_end(&p.s);
}

/* Five files of accounts name one shadow line; only the first account of them is enabled. */
static void one_enabled_holder_of_a_known_password_is_enough(void **state)
{
	struct parts p;

	(void)state;
	begin(&p);
	known_password(&p);
	for (int i = 0; i < 4; i++)
		account(&p, "root", 0, "locked");
	scene_judge(&p.s);
	assert_int_equal(scene_verdict(&p.s, "CRED-03")->outcome, OUTCOME_FAIL);
	scene_end(&p.s);
}

/* Another account of the same name in a second root is no duplicate. */
static void roots_are_judged_apart(void **state)
{
	struct parts p;
	struct node *first;

	(void)state;
	begin(&p);
	account(&p, "root", 0, "enabled");
	first = p.passwd;
	p.passwd = scene_entry(&p.s, p.root, KIND_FILE, "/rom/etc/passwd", 10);
	account(&p, "root", 0, "enabled");
	scene_judge(&p.s);
	assert_int_equal(scene_verdict(&p.s, "ACC-02")->outcome, OUTCOME_PASS);
	assert_int_equal(scene_verdict(&p.s, "ACC-03")->outcome, OUTCOME_PASS);
	assert_int_equal(scene_verdict(&p.s, "ACC-04")->evidence_count, 2);
	assert_ptr_not_equal(first, p.passwd);
	scene_end(&p.s);
}

/* A header whose checksum is wrong hides nothing while its parts are open; a cut one does. */
static void headers_hide_only_what_is_missing(void **state)
{
	static const enum fault_kind kinds[] = { FAULT_BROKEN, FAULT_SHORT };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct scene_tree s = { 0 };
		struct node *header;

		s.tree.nodes = s.nodes;
		s.tree.image = scene_node(&s, NULL, KIND_REGION);
		s.tree.image->size = s.tree.image->length = 1000;
		header = scene_region(&s, s.tree.image, &scene_tplink, 0, 1000, STATE_DAMAGED);
		scene_fault(&s, header, fault_at(kinds[i], 4, "length", 2000, 1000));
		scene_region(&s, header, NULL, 0, 200, STATE_UNDERSTOOD);
		scene_region(&s, header, &scene_squashfs, 200, 800, STATE_UNDERSTOOD);
		scene_judge(&s);
		assert_int_equal(s.coverage.bytes[STATE_UNDERSTOOD], 1000);
		assert_int_equal(s.coverage.blind_count, i);
		assert_int_equal(scene_verdict(&s, "CRED-04")->outcome,
				 i ? OUTCOME_NOT_EVALUABLE : OUTCOME_PASS);
		assert_int_equal(scene_verdict(&s, "IMG-03")->outcome, OUTCOME_REVIEW);
		scene_end(&s);
	}
}

static void the_rest_of_a_file_hides_nothing(void **state)
{
	struct parts p;

	(void)state;
	begin(&p);
	plain_root(&p);
	scene_region(&p.s, p.program, NULL, 0, 500, STATE_UNKNOWN);
	scene_region(&p.s, p.program, &scene_gzip, 500, 500, STATE_UNDERSTOOD);
	scene_judge(&p.s);
	assert_int_equal(p.s.coverage.gap_count, 1);
	assert_int_equal(scene_verdict(&p.s, "ACC-01")->outcome, OUTCOME_PASS);
	scene_end(&p.s);
}

static void hostile_names_stay_in_their_sentence(void **state)
{
	static const char *const names[] = { "\x1b[2J", "a\nb",
					     "\xe2\x80\xae"
					     "nimda",
					     "\"" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct parts p;
		const struct verdict *v;

		begin(&p);
		account(&p, names[i], 7, "empty");
		scene_judge(&p.s);
		v = scene_verdict(&p.s, "ACC-01");
		for (const char *c = v->says; *c; c++)
			assert_true((uint8_t)*c >= 0x20 && (uint8_t)*c < 0x7f);
		assert_non_null(strstr(v->says, "\\x"));
		scene_end(&p.s);
	}
}

static void requirements_stand_in_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < check_count; i++) {
		size_t at = 0;
		struct span one;

		while (requirement_next(checks[i]->requirements, &at, &one))
			if (!span_starts(one, span_text("CWE-")) && !requirement_row(one))
				fail_msg("%s: no row for \"%.*s\"", checks[i]->id, (int)one.n,
					 (const char *)one.p);
	}
}

static void checks_are_complete(void **state)
{
	(void)state;
	assert_true(check_count >= 47);
	for (size_t i = 0; i < check_count; i++) {
		const struct check *c = checks[i];

		assert_true(strncmp(c->id, c->group, strlen(c->group)) == 0);
		assert_true(c->title[0] && c->rule[0] && c->does_not_prove[0] && c->requirements);
	}
}

/* A header that is cut covers the image, but its parts are known: what is not is the reason. */
static void the_reason_is_that_of_the_largest_unknown_part(void **state)
{
	struct scene_tree s = { 0 };
	struct node *header;

	(void)state;
	s.tree.nodes = s.nodes;
	s.tree.image = scene_node(&s, NULL, KIND_REGION);
	s.tree.image->size = s.tree.image->length = 1000;
	header = scene_region(&s, s.tree.image, &scene_tplink, 0, 1000, STATE_DAMAGED);
	scene_fault(&s, header, fault_at(FAULT_SHORT, 4, "length", 2000, 1000));
	scene_region(&s, header, &scene_squashfs, 0, 200, STATE_UNDERSTOOD);
	scene_region(&s, header, NULL, 200, 800, STATE_ENCRYPTED);
	scene_judge(&s);
	assert_int_equal(scene_verdict(&s, "IMG-01")->reason, REASON_ENCRYPTED);
	scene_end(&s);
}

/* The same key three times: the first copy is the evidence, whatever the sort does. */
static void the_first_copy_of_a_key_is_the_evidence(void **state)
{
	const struct verdict *v;
	struct parts p;

	(void)state;
	begin(&p);
	for (int i = 0; i < 3; i++)
		key(&p, "private", "rsa", 2048);
	certificate(&p, "sha256WithRSAEncryption")->spki_sha256 =
		((struct key_fact *)p.key->facts)->spki_sha256;
	scene_judge(&p.s);
	v = scene_verdict(&p.s, "KEY-03");
	assert_int_equal(v->evidence_count, 2);
	assert_int_equal(v->evidence[1].fact->id, 0);
	scene_end(&p.s);
}

/* Thousands of unknown stretches and no format: the time is that of one look at each. */
static void many_unknown_regions_are_judged_in_time(void **state)
{
	enum { MANY = 60000 };
	struct scene_tree s = { 0 };
	struct node **nodes = calloc(MANY + 1, sizeof(*nodes)), *image;
	struct node *block = calloc(MANY + 1, sizeof(*block));
	clock_t start;

	(void)state;
	assert_true(nodes && block);
	for (uint32_t i = 0; i <= MANY; i++) {
		nodes[i] = &block[i];
		block[i] = (struct node){ .id = i,
					  .parent = i ? block : NULL,
					  .next = i && i < MANY ? &block[i + 1] : NULL,
					  .kind = KIND_REGION,
					  .state = i % 2 ? STATE_UNKNOWN : STATE_PADDING,
					  .has_place = true,
					  .offset = i ? (uint64_t)(i - 1) * 1000 : 0,
					  .length = 1000,
					  .size = 1000 };
	}
	image = block;
	image->children = &block[1];
	image->length = image->size = (uint64_t)MANY * 1000;
	s.tree = (struct tree){ .image = image, .nodes = nodes, .count = MANY + 1 };
	assert_true(facts_collect(nodes, MANY + 1, &s.arena, &s.facts));
	start = clock();
	assert_true(coverage_of(&s.tree, &s.arena, &s.coverage));
	assert_non_null(judge_all(
		&(struct case_file){ &s.tree, &s.facts, &s.coverage, &s.options, &s.arena },
		&s.verdict_count));
	assert_true((clock() - start) / CLOCKS_PER_SEC < 3);
	scene_end(&s);
	free(nodes);
	free(block);
}

/* Both counts stand in the sentence, and only the object that lacks a guard is a place. */
static void guards_of_jumps_are_counted(void **state)
{
	const struct verdict *v;
	struct parts p;

	(void)state;
	begin(&p);
	arm64_guarded(&p);
	arm64_unguarded(&p);
	scene_judge(&p.s);
	v = scene_verdict(&p.s, "BIN-10");
	assert_string_equal(v->says, "BTI 1, PAC 1 of 2 objects");
	assert_int_equal(v->evidence_count, 1);
	scene_end(&p.s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(guards_of_jumps_are_counted),
		cmocka_unit_test(the_reason_is_that_of_the_largest_unknown_part),
		cmocka_unit_test(the_first_copy_of_a_key_is_the_evidence),
		cmocka_unit_test(many_unknown_regions_are_judged_in_time),
		cmocka_unit_test(every_row_ends_as_the_catalogue_says),
		cmocka_unit_test(every_check_has_a_row),
		cmocka_unit_test(sentences_fit_and_use_plain_words),
		cmocka_unit_test(a_failing_fact_stays_a_failure_beside_opaque_regions),
		cmocka_unit_test(an_open_verdict_names_the_region),
		cmocka_unit_test(one_enabled_holder_of_a_known_password_is_enough),
		cmocka_unit_test(roots_are_judged_apart),
		cmocka_unit_test(headers_hide_only_what_is_missing),
		cmocka_unit_test(the_rest_of_a_file_hides_nothing),
		cmocka_unit_test(hostile_names_stay_in_their_sentence),
		cmocka_unit_test(requirements_stand_in_the_table),
		cmocka_unit_test(checks_are_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

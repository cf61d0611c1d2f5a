/* crypto.c - algorithms and protocols in use, as a CBOM lists them: what keys, certificates,
 * password hashes, signatures and encrypted volumes show, and what configurations choose. Each is
 * stated once, where it is seen first; a configuration's choice where it stands. */
#include <strings.h>

#include "base/text.h"
#include "observe/observe.h"

#define MOST_DISTINCT 128 /* of one image, besides configurations */
#define MOST_LINES    4096
#define MOST_OF_FILE  256
#define MOST_WORDS    64 /* of one line */
#define LONGEST_WORD  64

static const char algorithm[] = "algorithm", protocol[] = "protocol";

/* -- configurations -- */

struct choice {
	const char *files; /* globs of base names */
	const char *key;   /* without regard to case */
	const char *kind;
};

#define SSH_FILES  "sshd_config,ssh_config,sshd_config.*,ssh_config.*"
#define VPN_FILES  "*.ovpn,openvpn*.conf,openvpn,server.conf,client.conf"
#define WLAN_FILES "hostapd*.conf,wpa_supplicant*.conf"

static const struct choice choices[] = {
	{ SSH_FILES, "Ciphers", algorithm },
	{ SSH_FILES, "MACs", algorithm },
	{ SSH_FILES, "KexAlgorithms", algorithm },
	{ SSH_FILES, "HostKeyAlgorithms", algorithm },
	{ SSH_FILES, "PubkeyAcceptedAlgorithms", algorithm },
	{ SSH_FILES, "PubkeyAcceptedKeyTypes", algorithm },
	{ "lighttpd*.conf,*ssl*.conf", "ssl.cipher-list", algorithm },
	{ "nginx*.conf,*ssl*.conf", "ssl_ciphers", algorithm },
	{ "nginx*.conf,*ssl*.conf", "ssl_protocols", protocol },
	{ "httpd*.conf,apache*.conf,*ssl*.conf", "SSLCipherSuite", algorithm },
	{ "httpd*.conf,apache*.conf,*ssl*.conf", "SSLProtocol", protocol },
	{ "openssl*.cnf", "CipherString", algorithm },
	{ "openssl*.cnf", "Ciphersuites", algorithm },
	{ "openssl*.cnf", "MinProtocol", protocol },
	{ "stunnel*.conf", "ciphers", algorithm },
	{ "stunnel*.conf", "sslVersion", protocol },
	{ "stunnel*.conf", "sslVersionMin", protocol },
	{ "mosquitto*.conf", "ciphers", algorithm },
	{ "mosquitto*.conf", "tls_version", protocol },
	{ VPN_FILES, "cipher", algorithm },
	{ VPN_FILES, "data-ciphers", algorithm },
	{ VPN_FILES, "ncp-ciphers", algorithm },
	{ VPN_FILES, "auth", algorithm },
	{ VPN_FILES, "tls-cipher", algorithm },
	{ VPN_FILES, "tls-version-min", protocol },
	{ "ipsec*.conf,swanctl*.conf", "ike", algorithm },
	{ "ipsec*.conf,swanctl*.conf", "esp", algorithm },
	{ "ipsec*.conf,swanctl*.conf", "proposals", algorithm },
	{ "ipsec*.conf,swanctl*.conf", "esp_proposals", algorithm },
	{ "ipsec*.conf", "keyexchange", protocol },
	{ WLAN_FILES, "wpa_pairwise", algorithm },
	{ WLAN_FILES, "rsn_pairwise", algorithm },
	{ WLAN_FILES, "pairwise", algorithm },
	{ WLAN_FILES, "group", algorithm },
	{ WLAN_FILES, "wpa_key_mgmt", protocol },
	{ WLAN_FILES, "key_mgmt", protocol },
};

#define CHOICES (sizeof(choices) / sizeof(choices[0]))

static bool is_word(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c > 0 && strchr("-_.+@/!^", c));
}

/* The next word of *rest: cipher lists are parted by colons, commas, blanks or quotes. */
static struct span word_next(struct span *rest)
{
	struct span word;
	size_t from = 0, to;

	while (from < rest->n && !is_word(rest->p[from]))
		from++;
	for (to = from; to < rest->n && is_word(rest->p[to]); to++)
		;
	*rest = span_from(*rest, from);
	word = span_head(*rest, to - from);
	*rest = span_from(*rest, word.n);
	return word;
}

static bool is_key(struct span word, const char *key)
{
	return word.n == strlen(key) && strncasecmp((const char *)word.p, key, word.n) == 0;
}

static const struct choice *choice_of(struct span name, struct span key)
{
	for (size_t i = 0; i < CHOICES; i++)
		if (is_key(key, choices[i].key) && name_matches(name, choices[i].files))
			return &choices[i];
	return NULL;
}

/* "+" adds, "^" puts first; "-" and "!" take out, so that the word is not in use. */
static bool is_chosen(struct span *word)
{
	int c = span_byte(*word, 0);

	if (c == '-' || c == '!')
		return false;
	if (c == '+' || c == '^' || c == '@')
		*word = span_from(*word, 1);
	return word->n && word->n <= LONGEST_WORD;
}

static unsigned read_line(struct scene *s, struct span line)
{
	struct span rest = line, key, word;
	const struct choice *choice;
	unsigned found = 0;

	if (span_byte(line, 0) == '#' || span_byte(line, 0) == ';')
		return 0;
	key = word_next(&rest);
	choice = key.n ? choice_of(node_name(s->node), key) : NULL;
	if (!choice)
		return 0;
	for (int i = 0; i < MOST_WORDS && (word = word_next(&rest)).n; i++) {
		struct crypto_fact *f;

		if (!is_chosen(&word))
			continue;
		f = fact_new(s->bench->arena, s->node, FACT_CRYPTO, span_place(s->bytes, word),
			     word.n);
		if (!f)
			return found;
		f->crypto_kind = choice->kind;
		f->name = arena_copy(s->bench->arena, word);
		f->detail = span_text(choice->key);
		f->f.line = scene_line(s, f->f.offset);
		found++;
	}
	return found;
}

static bool is_configuration(struct span name)
{
	for (size_t i = 0; i < CHOICES; i++)
		if (name_matches(name, choices[i].files))
			return true;
	return false;
}

static void look(struct scene *s)
{
	struct span line;
	size_t at = 0;
	unsigned found = 0;

	if (!s->is_text || s->node->kind != KIND_FILE || !is_configuration(node_name(s->node)))
		return;
	for (int i = 0; i < MOST_LINES && found < MOST_OF_FILE && line_next(s->bytes, &at, &line);
	     i++)
		found += read_line(s, line);
}

const struct observer observe_crypto = { "crypto", look };

/* -- what other facts show -- */

struct seen {
	struct arena *arena;
	struct node *node; /* that is being looked at */
	struct crypto_fact *list[MOST_DISTINCT];
	uint32_t count;
};

static void show(struct seen *s, const struct fact *of, struct span name, const char *what,
		 uint32_t bits)
{
	struct crypto_fact *f;

	if (name.n == 0 || s->count == MOST_DISTINCT)
		return;
	for (uint32_t i = 0; i < s->count; i++)
		if (span_equal(s->list[i]->name, name) && s->list[i]->bits == bits &&
		    span_is(s->list[i]->detail, what))
			return;
	f = fact_new(s->arena, s->node, FACT_CRYPTO, of ? of->offset : 0,
		     of ? of->length : s->node->size);
	if (!f)
		return;
	f->crypto_kind = algorithm;
	f->name = arena_copy(s->arena, name);
	f->detail = span_text(what);
	f->bits = bits;
	f->f.line = of ? of->line : 0;
	s->list[s->count++] = f;
}

/* "ec prime256v1", "rsa sha256": two names as one. */
static void show_both(struct seen *s, const struct fact *of, const char *name, const char *variant,
		      const char *what, uint32_t bits)
{
	struct text t = { 0 };

	if (!name)
		return;
	text_puts(&t, name);
	if (variant) {
		text_char(&t, ' ');
		text_puts(&t, variant);
	}
	show(s, of, text_span(&t), what, bits);
	text_free(&t);
}

static void show_key(struct seen *s, const struct fact *f)
{
	const struct key_fact *k = (const struct key_fact *)f;

	show_both(s, f, k->algorithm, k->curve,
		  strcmp(k->key_kind, "private") == 0 ? "private key" : "public key", k->bits);
}

static void show_certificate(struct seen *s, const struct fact *f)
{
	const struct certificate_fact *c = (const struct certificate_fact *)f;

	show(s, f, c->signature, "certificate signature", 0);
	show_both(s, f, c->key_algorithm, NULL, "certificate key", c->key_bits);
}

static void show_update(struct seen *s, const struct fact *f)
{
	const struct update_fact *u = (const struct update_fact *)f;

	if (u->update_kind && strcmp(u->update_kind, "signature") == 0)
		show_both(s, f, u->algorithm, u->digest, "image signature", u->bits);
}

static bool is_program(const struct node *n)
{
	for (const struct fact *f = n->facts; f; f = f->next)
		if (f->kind == FACT_EXECUTABLE)
			return true;
	return false;
}

/* Keys inside programs are most often what their self tests use. */
static void show_node(struct seen *s)
{
	const struct node *n = s->node;

	if (is_program(n))
		return;
	if (n->format && n->label && strcmp(n->format->name, "luks") == 0)
		show(s, NULL, span_text(n->label), "encrypted volume", 0);
	for (const struct fact *f = n->facts; f; f = f->next)
		switch (f->kind) {
		case FACT_KEY:
			show_key(s, f);
			break;
		case FACT_CERTIFICATE:
			show_certificate(s, f);
			break;
		case FACT_HASH:
			show_both(s, f, ((const struct hash_fact *)f)->scheme, NULL,
				  "password hash", 0);
			break;
		case FACT_UPDATE:
			show_update(s, f);
			break;
		default:
			break;
		}
}

void relate_crypto(struct tree *t, struct arena *a)
{
	struct seen s = { .arena = a };

	for (uint32_t i = 0; i < t->count; i++) {
		s.node = t->nodes[i];
		show_node(&s);
	}
}

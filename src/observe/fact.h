/* fact.h - what is said of an image. Each kind is one struct that begins with struct fact and one
 * table of fields; JSON, HTML and text are written from the table, so names cannot drift
 * (DESIGN.md 8). Facts live in the arena of the worker that found them. */
#ifndef EVENHAND_OBSERVE_FACT_H
#define EVENHAND_OBSERVE_FACT_H

#include "tree/node.h"

enum fact_kind {
	FACT_ACCOUNT,
	FACT_HASH,
	FACT_KEY,
	FACT_CERTIFICATE,
	FACT_SECRET,
	FACT_COMPONENT,
	FACT_EXECUTABLE,
	FACT_SERVICE,
	FACT_LISTENER,
	FACT_PRIVILEGE,
	FACT_KERNEL,
	FACT_UPDATE,
	FACT_WEB,
	FACT_ENDPOINT,
	FACT_AVAILABILITY,
	FACT_INDICATOR,
	FACT_CRYPTO,
	FACT_VULNERABILITY, /* made by judge/ from components and feeds */
	FACT_DISMISSED,     /* what looked like a secret */
	FACT_CONSTANT,
	FACT_KINDS,
	FACT_IDENTITY = FACT_KINDS, /* not in "facts": the report's own "identity" */
	FACT_LISTS,
};

struct fact {
	enum fact_kind kind;
	uint32_t id; /* position among the facts of its kind in tree order; set by facts_collect */
	struct fact *next;
	const struct node *node;
	uint64_t offset, length; /* within the node's content */
	uint32_t line;           /* of a text file, from 1; 0: no line */
};

enum tri { TRI_NO, TRI_YES, TRI_NULL };

struct spans {
	const struct span *p;
	uint32_t n;
};

struct node_list {
	const struct node **p;
	uint32_t n;
};

struct account_fact {
	struct fact f;
	struct span name;
	uint64_t uid, gid;
	struct span shell;
	bool can_log_in;
	const struct node *hash_node; /* NULL: no hash */
	uint32_t hash_line;
	uint64_t passwords_tried;
	bool has_password;    /* a published list or the account's own name opens it */
	struct span password; /* may be empty: the empty password */
	const char *state;    /* enabled, empty, locked, disabled, no-shell, web */
	const char *scheme;   /* NULL: no hash */
};

struct hash_fact {
	struct fact f;
	struct span account;
	const char *scheme;
	uint64_t cost; /* rounds, or log2 for bcrypt, as the hash says; 0: fixed by the scheme */
	struct span salt;
	uint64_t passwords_tried, passwords_known;
	const char *untried; /* why not all were tried: "budget", "scheme"; NULL: all were */
	bool has_password;
	struct span password;
};

/* Inside observe/: what weaknesses are told by. Empty: no RSA key, or longer than is tested. */
struct rsa_public {
	struct span modulus; /* big-endian, without leading zeros */
	bool weak_exponent;  /* 1, or even */
};

struct key_fact {
	struct fact f;
	const char *key_kind; /* private, public */
	const char *algorithm;
	const char *curve; /* NULL: none */
	uint32_t bits;
	const char *encoding;
	bool encrypted;
	struct span spki_sha256; /* lower-case hex; empty: unknown (encrypted) */
	struct span known;       /* source and reference of known-keys.tsv; empty: not there */
	struct span spki;        /* DER; inside observe/ */
	struct rsa_public rsa;
	struct spans weaknesses; /* observe/key_weak.c; p is NULL: not tested */
};

struct certificate_fact {
	struct fact f;
	struct span subject, issuer, not_before, not_after; /* RFC 3339, UTC */
	bool self_signed, is_ca;
	struct span signature; /* "sha256WithRSAEncryption" */
	const char *key_algorithm;
	uint32_t key_bits;
	struct span sha256, spki_sha256;
	struct span spki; /* DER; inside observe/ */
	struct rsa_public rsa;
	struct spans weaknesses; /* of its key */
};

struct secret_fact { /* its place is the value's */
	struct fact f;
	struct span rule, what, masked;
	const char *holder; /* configuration, script, program, history */
	bool published;     /* the value is a default password that lists give */
	struct span value;  /* printed by --reveal only */
};

struct dismissed_fact { /* the first of a file by one rule, for one reason */
	struct fact f;
	struct span rule, what, masked;
	const char *why; /* variable, placeholder, word, entropy, document, test ... */
	uint32_t count;
};

struct constant_fact { /* of a program, at a call; its place is the constant's */
	struct fact f;
	const char
		*constant_kind; /* password-check, request-header, key: where it is handed over */
	const char *call;       /* the function that it is handed to */
	struct span masked;
	uint64_t address, function; /* of the call; of the function it stands in, 0: not known */
};

struct component_fact {
	struct fact f;
	struct span name, version, purl, cpe, license;
	struct span origin;     /* the source package that a database names; empty: none */
	const char *source;     /* package-database, banner, kernel, symbols, filename,
				   language-package */
	struct node_list nodes; /* every copy */
	struct node_list linked;
};

struct executable_fact {
	struct fact f;
	struct span machine;       /* as readelf names it */
	uint32_t bits;             /* "class" */
	const char *endian, *type; /* type: "EXEC", "DYN", "REL", "CORE" */
	enum tri nx, canary, fortify, stripped, is_static;
	const char *pie, *relro;
	struct span rpath, runpath, interpreter; /* empty: none */
	struct spans needed;
	struct span build_id; /* hex */
	struct spans unsafe_calls, safe_calls;
	enum tri text_relocations;
	struct spans control_flow; /* ibt, shstk; bti, pac, gcs; cfi */
	const char
		*writable_code; /* no, yes, "old abi": a segment that is writable and executable */
	const char *packed;     /* upx, dense; NULL: not packed */
	struct spans calls;     /* bind, listen, setuid ...: of a list that tells what it does */
	uint32_t time_bits;     /* of time_t, as calls of the C library tell; 0: they do not */
	enum tri calls_read;    /* whether constants at its calls were looked for; null: no need */
};

struct service_fact { /* also listeners */
	struct fact f;
	struct span name;
	/* inittab, init.d, systemd, inetd, xinetd, procd, uci, android; applet: a program of many
	 * names could be started as it; setting: what a configuration file says of it */
	const char *service_kind;
	bool enabled; /* the default boot path reaches it */
	struct span command, user, protocol, address;
	uint32_t port;              /* 0: not known */
	struct span condition;      /* text on which its start depends; empty: none */
	const struct node *program; /* what the command runs; NULL: not in the image */
};

struct privilege_fact {
	struct fact f;
	const char *privilege_kind;
	uint32_t mode;
	struct span detail;
};

struct fact_range {
	const struct node *node;
	uint64_t offset, length;
};

struct ranges {
	const struct fact_range *p;
	uint32_t n;
};

struct update_fact {
	struct fact f;           /* the container, and where in it the signature stands */
	const char *update_kind; /* signature, url, feed, verifier, rollback, verified-boot,
				    updater, reset */
	const char *algorithm;   /* rsa, rsa-pss, ecdsa, ed25519, cms, openpgp, authenticode,
				    rsa-qualcomm, ec-kcdsa, other */
	const char *digest;      /* NULL: fixed by the algorithm, or not known */
	uint32_t bits;           /* 0: not known */
	struct span key;         /* what the container calls its key */
	struct ranges covered;   /* what the signature itself covers */
	struct ranges bound;     /* covered through digests that are signed, and hold */
	struct span what, value; /* of other kinds than signature */
	uint64_t uncovered;   /* bytes of the signed object that are neither, nor the signature */
	enum tri verified;    /* null: no key that could tell, or not tried */
	const char *key_from; /* given, image: where the key that verifies it is from */
	struct span spki_sha256; /* of that key */
	struct span spki;        /* of a key that is told; inside observe/, like: */
	const struct message *message;
};

struct kernel_fact {
	struct fact f;
	const char *kernel_kind; /* version, option, module, module-load, sysctl, command-line */
	struct span name, value; /* an option's value: y, m, n or a text */
	const char *from;        /* config, banner, vermagic, file, inferred */
	struct span license;     /* a module's own word; empty: none */
	enum tri is_signed;      /* a module: whether a signature is appended */
};

struct web_fact {
	struct fact f;
	const char *web_kind; /* server, handler, route, exempt, setting, call, leftover */
	struct span name, detail;
};

struct endpoint_fact {
	struct fact f;
	const char *endpoint_kind; /* url, host, address */
	struct span value, scheme, host;
	uint32_t port; /* 0: not said */
};

struct availability_fact {
	struct fact f;
	const char *availability_kind; /* watchdog, slot, recovery, read-only-root, mount, limit,
					  autorun, remote-wait, remote-control */
	struct span name, value;
};

struct indicator_fact {
	struct fact f;
	struct span indicator;                 /* "BD-001" */
	const char *indicator_kind, *strength; /* unique, supporting */
	struct span what, reference;
};

struct crypto_fact { /* what a CBOM lists */
	struct fact f;
	const char *crypto_kind; /* algorithm, protocol */
	struct span name, detail;
	uint32_t bits; /* 0: not said */
};

struct vulnerability_fact {
	struct fact f;
	struct span id; /* "CVE-2021-44228" */
	const struct component_fact *component;
	const char *status;      /* affected, fixed, not-affected, under-investigation */
	struct span why;         /* "1.0.1 <= 1.0.1f < 1.0.1g" */
	struct span fixed_in;    /* empty: no feed names a version */
	const char *without_vex; /* the status without the VEX that decided; NULL: none did */
	bool exploited;          /* known to be, by a list that was given */
};

struct identity_fact {
	struct fact f;
	struct span vendor, product, version; /* empty: not said */
};

enum field_type {
	FIELD_SPAN,         /* bytes of the image */
	FIELD_SPAN_OR_NULL, /* empty is null */
	FIELD_NAME,         /* const char *, never NULL */
	FIELD_NAME_OR_NULL, /* NULL is null */
	FIELD_U32,
	FIELD_U32_OR_NULL, /* 0 is null */
	FIELD_U64,
	FIELD_BOOL,
	FIELD_TRI,
	FIELD_SPANS,
	FIELD_SPANS_OR_NULL, /* p is NULL: null */
	FIELD_NODE,          /* a node's id, or null */
	FIELD_NODES,
	FIELD_COMPONENT, /* the id of a component's fact */
	FIELD_PASSWORD, /* span; null unless the bool just before it in the struct is set: see table
			 */
	FIELD_MODE,     /* four octal digits in a string */
	FIELD_RANGES,   /* node, offset and length of each */
};

struct field {
	const char *name;
	enum field_type type;
	size_t at;   /* offsetof in the kind's struct */
	size_t with; /* FIELD_PASSWORD: offsetof the bool */
};

struct fact_table {
	const char *list; /* "accounts" */
	const char *one;  /* "account": deep links are account-7 */
	const struct field *fields;
	size_t count;
	size_t size; /* of the struct */
};

extern const struct fact_table fact_tables[FACT_LISTS];

/* Whether the field says null of that fact: what no reader may show as a value. */
bool field_is_null(const struct fact *f, const struct field *field);

/* A zeroed fact of that kind, appended to the node's facts; NULL when the arena is full. */
void *fact_new(struct arena *a, struct node *n, enum fact_kind kind, uint64_t offset,
	       uint64_t length);

/* All facts of a finished tree by kind, in tree order, ids set. */
struct facts {
	struct fact **of[FACT_LISTS];
	uint32_t count[FACT_LISTS];
	struct arena *arena;
};

/* Sorts the facts of all nodes into lists, by node, offset and length, and numbers them. False when
 * the arena is full. */
bool facts_collect(struct node *const *nodes, uint32_t count, struct arena *a, struct facts *out);

/* Takes out of a node the facts whose own node was set to NULL: relate() replaces what one file
 * shows by what several show together. */
void facts_sweep(struct node *n);

#endif

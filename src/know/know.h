/* know.h - the knowledge pack: tables of data/ compiled in, and the observers' patterns. Rows are
 * read-only; every cell is a text in static storage. */
#ifndef EVENHAND_KNOW_KNOW_H
#define EVENHAND_KNOW_KNOW_H

#include "base/patterns.h"

struct default_password {
	const char *password; /* may be empty */
	uint16_t sources;     /* in how many published lists and rows it stands */
};

struct password_pair {
	const char *user, *password;
};

struct known_key {
	uint8_t spki_sha256[32];
	const char *kind, *source, *product, *reference;
};

enum evidence {
	EVIDENCE_INLINE,   /* in one printable string */
	EVIDENCE_ADJACENT, /* in neighbouring strings, joined by a newline */
	EVIDENCE_TEXT,     /* in a line of a text file */
	EVIDENCE_NAMED,    /* in one string, of a file with one of the names only */
	EVIDENCE_FILENAME, /* the file's name holds the release */
	EVIDENCE_ABI,      /* the file's name tells the component, and no release */
	EVIDENCE_SYMBOL,   /* exported variables hold it: numbers each, or one text */
	EVIDENCE_HINT,     /* in one string of another program: which release an ABI row means */
};

struct component_rule {
	const char *name, *cpe, *purl, *license;
	const char *file_names; /* globs parted by commas */
	enum evidence evidence;
	const char *pattern;  /* PCRE; one capture is the version. Or names of symbols */
	const char *scan;     /* the same for a pass over whole files; NULL: not searched there */
	const char *yes, *no; /* a text that must match, one that must not */
};

struct call_rule {
	const char *function, *cwe, *mode;
};

struct safe_call { /* what the table recommends instead of one of those */
	const char *function;
};

/* An option of the Linux kernel. Releases as KERNEL_VERSION gives them, 0: not limited. */
struct kernel_option {
	const char *option; /* without CONFIG_ */
	char wanted;        /* y, n, a: any */
	uint32_t since, until;
	const char *architectures; /* parted by commas; NULL: all */
	const char *check;         /* "KERN-01"; NULL: none by itself */
	const char *instead;       /* options that serve as well */
	const char *modules;       /* what it builds: names of modules */
	const char *sign;          /* bytes of a kernel image in which it is on; NULL: none */
	uint16_t sign_size;
};

enum indicator_kind {
	INDICATOR_LITERAL,   /* bytes of a text that begin and end a word */
	INDICATOR_HEX,       /* any bytes */
	INDICATOR_HOST,      /* a domain and what lies below it, or an address */
	INDICATOR_SWITCH,    /* a program that a script starts on a trigger */
	INDICATOR_ACCOUNT,   /* a name in an account file */
	INDICATOR_LISTENER,  /* "tcp/9530" */
	INDICATOR_FILE,      /* a file's name */
	INDICATOR_COMPONENT, /* "vsftpd 2.3.4" */
};

enum indicator_topic { /* which check speaks of it, besides the one of all */
		       TOPIC_ACCESS,
		       TOPIC_REQUEST,
		       TOPIC_PACKET,
		       TOPIC_RELEASE,
		       TOPIC_HOST,
		       TOPIC_INFECTION,
		       TOPIC_SWITCH,
};

struct indicator_rule { /* published as a way in that is not documented, or as a trace of one */
	const char *id;
	enum indicator_kind kind;
	enum indicator_topic topic;
	const char *pattern;
	uint16_t len; /* of the pattern, whose bytes may be zero */
	bool is_unique;
	const char *found, *reference, *meaning;
	const char *yes, *no; /* hexadecimal where the pattern is */
};

enum noise {
	NOISE_NAMESPACE, /* names a format; nothing is fetched from there */
	NOISE_LICENCE,
	NOISE_PROJECT, /* home of a project, told to people */
	NOISE_EXAMPLE, /* reserved for examples */
};

struct noise_rule {
	enum noise noise;
	const char *host; /* ".w3.org": with what lies below it */
	const char *path; /* how the path begins; "": any */
	bool anywhere;    /* not only in programs and web pages */
};

struct daemon_rule {                 /* what a program of that name does when it runs */
	const char *programs, *role; /* globs parted by commas */
	const char *ports;           /* "tcp/23,udp/69"; NULL: none, or as configured */
	const char *option;          /* how its command line gives a port; NULL: not at all */
};

enum setting_syntax { SYNTAX_WORDS, SYNTAX_EQUALS, SYNTAX_UCI, SYNTAX_CONTAINS };

struct setting_rule { /* what a configuration file says of a service */
	const char *service, *files;
	enum setting_syntax syntax;
	const char *keys, *what; /* port, address, user; NULL: told alone */
	const char *yes, *no;
};

struct requirement {
	const char *catalogue, *id, *title, *evaluable; /* yes, partly, no */
};

#define MOST_SECRET_RULES 256

struct secret_rule {
	const char *id, *what;
	const char *group; /* what a check makes of it: wifi, wps, snmp-read, url, vpn, cloud ... */
	enum secret_where {
		SECRET_TEXT, /* lines of text files */
		SECRET_DATA, /* and strings of files that are no programs */
		SECRET_ANY,  /* and of programs */
	} where;
	enum secret_unit {
		SECRET_LINE,       /* the line or string that holds an anchor */
		SECRET_LINES,      /* and a few behind it */
		SECRET_EACH_LINE,  /* of files of these names; it has no anchor */
		SECRET_WHOLE_FILE, /* the same */
	} unit;
	const char *files;   /* globs parted by commas: of names, or of paths where one has a slash;
				NULL: any */
	const char *pattern; /* PCRE; the first capture that took part is the secret */
	enum secret_value {
		FORM_OF_ANY,     /* no placeholder */
		FORM_OF_WORD,    /* no variable: ordinary words are meant */
		FORM_OF_MIXED,   /* two kinds of characters, or a published default password */
		FORM_OF_NAME,    /* any word in a configuration, elsewhere mixed */
		FORM_OF_BARE,    /* mixed, and not in the code of a language with quotes */
		FORM_OF_STRONG,  /* letters and digits of some entropy */
		FORM_OF_PIN,     /* its last digit is the checksum of WPS */
		FORM_OF_URL,     /* behind a user's name */
		FORM_OF_BASIC,   /* user and password in base64 */
		FORM_OF_ENTROPY, /* at least so many bits */
	} value;
	uint16_t millibits;   /* a character */
	const char *yes, *no; /* a line that it must report, one that it must not */
};

struct secret_anchor { /* what the pass over whole files searches for */
	const char *expression;
	uint16_t first, count; /* of secret_anchor_rules: the rules that it may belong to */
};

struct anchor_rule {
	uint16_t rule;
};

struct support_row {
	const char *component, *branch; /* branch: the version's leading part; "": every version */
	const char *eol; /* a date, "ended" (which day is not known), "supported", "n/a" (nobody
			    says) */
	const char *source;
	bool from_memory; /* not checked against a published text: nothing fails by it */
};

/* A table of data/ as a whole. */
struct knowledge_table {
	const char *name;
	bool observing; /* used while observing; otherwise while judging */
	uint32_t rows;
	const char *sha256, *provenance; /* of its rows; the line on top of it */
	bool is_given;                   /* by the user, in place of the compiled one */
};

struct manual_step { /* what a lab does where no check answers to a requirement */
	const char *catalogue, *id, *by_hand;
};

struct web_root { /* a CA certificate that is or was trusted for web servers */
	const char *sha256, *subject, *first;
	const char *last; /* of the lists that have it; NULL: the newest has it */
};

#define MOST_REQUIREMENTS 4096

/* Every table: the compiled one, or what was given in its place before the jail closed (pack.h). */
#define KNOW_TABLES(TABLE)                                                                         \
	TABLE(default_password, default_passwords) /* most sources first; each once */             \
	TABLE(password_pair, password_pairs)       /* by user, then as published */                \
	TABLE(known_key, known_keys)               /* by digest */                                 \
	TABLE(component_rule, component_rules)     /* as in the table */                           \
	TABLE(call_rule, call_rules)               /* by function */                               \
	TABLE(safe_call, safe_calls)               /* by function */                               \
	TABLE(kernel_option, kernel_options)       /* by option */                                 \
	TABLE(secret_rule, secret_rules)           /* as in the table: the more exact first */     \
	TABLE(secret_anchor, secret_anchors)                                                       \
	TABLE(anchor_rule, secret_anchor_rules)                                                    \
	TABLE(indicator_rule, indicator_rules) /* by id */                                         \
	TABLE(noise_rule, noise_rules)         /* as in the table */                               \
	TABLE(daemon_rule, daemon_rules)       /* as in the table: the first that fits */          \
	TABLE(setting_rule, setting_rules)     /* as in the table */                               \
	TABLE(requirement, requirements)       /* as in the table */                               \
	TABLE(support_row, support_rows)       /* by component, longest branch first */            \
	TABLE(manual_step, manual_steps)       /* as in the table */                               \
	TABLE(web_root, web_roots)             /* by digest */                                     \
	TABLE(knowledge_table, knowledge_tables)

#define KNOW_TABLE(type, name)                                                                     \
	extern const struct type *name;                                                            \
	extern size_t name##_count;

KNOW_TABLES(KNOW_TABLE)

/* The row that a version of a component falls under, or NULL. An empty version falls only under a
 * row for all. */
const struct support_row *support_find(struct span component, struct span version);
/* Whether the component has any row. */
bool support_knows(struct span component);

/* The row of that SubjectPublicKeyInfo digest, or NULL. */
const struct known_key *known_key_find(const uint8_t spki_sha256[32]);

/* The row of that certificate's digest in hex, or NULL. */
const struct web_root *web_root_find(struct span sha256);

/* The row of that id, or NULL. */
const struct indicator_rule *indicator_rule_find(struct span id);

/* The row of that function, or NULL. */
const struct call_rule *call_rule_find(struct span function);
bool is_safe_call(struct span function);

/* The row of that option ("DEVMEM"), or NULL. */
const struct kernel_option *kernel_option_find(struct span option);

/* SHA-256, lower-case hex, over the tables that observing and judging use. */
extern const char *knowledge_observing, *knowledge_judging;

/* -- patterns: one database for all observers, one pass a leaf -- */

enum pattern_owner {
	OWNER_COMPONENT,
	OWNER_KEY,
	OWNER_SYSTEM,
	OWNER_SECRET,
	OWNER_INDICATOR,
	OWNER_ENDPOINT, /* row 0 is "://", others are unchecked_marks behind it; for updates too */
	OWNER_WEB,
	OWNER_UPDATE,
	OWNERS,
};

/* How many rows the owner's patterns have. */
size_t pattern_rows(enum pattern_owner owner);

/* A place where a pattern ended. `row`: of the owner's table. Where it began is not tracked: the
 * owner confirms exactly. */
struct hit {
	enum pattern_owner owner;
	uint32_t row;
	uint64_t end;
};

#define MARK_TABLE(type, name)                                                                     \
	extern const struct type name[];                                                           \
	extern const size_t name##_count;

/* Bytes with which a key or certificate may begin, or which stand at a known place in it. */
struct key_mark {
	const char *bytes;
	uint8_t len;
	enum key_form {
		FORM_PEM,          /* "-----BEGIN " */
		FORM_DER_SEQUENCE, /* version INTEGER of PKCS#1, PKCS#8, SEC1 behind a long SEQUENCE
				    */
		FORM_DER_CERTIFICATE,
		FORM_SSH_PUBLIC, /* "ssh-rsa AAAA" and the like, a line of text */
		FORM_DROPBEAR,   /* length and name of an algorithm */
		FORM_PKCS12,     /* its version and the OID of PKCS#7 data */
		FORM_JKS,
	} form;
	int8_t before; /* how many bytes of the object stand before the mark */
};

MARK_TABLE(key_mark, key_marks)

/* Words by which the kernel's observers know where to look. Behind them, from row MARKS on, stand
 * the signs of kernel_options. */
enum system_mark_kind {
	MARK_BANNER,    /* of a kernel */
	MARK_ARGUMENTS, /* of a kernel's command line */
	MARK_PROC_SYS,  /* a setting written into /proc/sys */
	MARK_SYSCTL,    /* or given to sysctl */
	MARK_RECOVERY,  /* how a boot loader gets on without an image */
	MARK_COMMAND,   /* of a start script that says something of availability */
	MARK_CWMP,      /* the protocol of TR-069 */
	MARK_RESET,     /* what it calls a reset */
	MARK_REMOTE,    /* by which somebody else ends the service */
};

struct system_mark {
	const char *bytes;
	uint8_t len;
	enum system_mark_kind kind;
};

#define MARKS 64 /* there may be, before the signs */
MARK_TABLE(system_mark, system_marks)

/* How programs are told not to check the certificate of whom they talk to. */
struct unchecked_mark {
	const char *text;
	const char *then;    /* what must follow closely, parted by "|"; NULL: nothing */
	const char *command; /* which must stand before it in a program's string; NULL: only texts
				count */
};

MARK_TABLE(unchecked_mark, unchecked_marks)

/* A text that tells a part of a web interface, or of the way updates come in. */
struct text_mark {
	const char *text;
	enum mark_tells {
		MARK_ROUTE,    /* the URL of a handler */
		MARK_FORM,     /* where a form is sent */
		MARK_REQUEST,  /* what a request says is read */
		MARK_COOKIE,   /* a cookie is set */
		MARK_FORGERY,  /* a token against forged requests */
		MARK_SERVER,   /* a server's name, where scripts start it */
		MARK_INFO,     /* a page that shows how the server is set up */
		MARK_OPEN,     /* a route that asks for no password */
		MARK_ROLLBACK, /* versions are compared */
		MARK_BOOT,     /* a stage of the boot chain checks the next */
	} tells;
};

MARK_TABLE(text_mark, web_marks)
MARK_TABLE(text_mark, update_marks)

/* Texts are searched for the components whose rules are made for texts, programs for the others: in
 * a text a program's banner is only spoken of. All else is in both sets. */
enum pattern_set { PATTERNS_OF_TEXTS, PATTERNS_OF_PROGRAMS, PATTERN_SETS };
/* id: owner << 24 | row */
const struct pattern *know_patterns(enum pattern_set set, size_t *count);

/* Forgets what came of other tables. */
void know_tables_changed(void);
/* Compiles the databases of patterns. False after an error: *id is the pattern's that cannot be
 * compiled, where one alone cannot; *why a text to free(), NULL where there are too many. */
bool know_compile(uint32_t *id, char **why);

/* Loads the databases before the jail closes. False when the machine has no memory. */
bool know_start(void);
struct pattern_scratch *know_scratch_new(void);
/* Frees what this thread matched with. */
void know_thread_end(void);
void know_scan(struct pattern_scratch *s, enum pattern_set set, struct span bytes,
	       bool (*hit)(void *ctx, struct hit h), void *ctx);

/* The version that the rule's pattern captures when it is applied to the text; false if it does not
 * match. PCRE2 with limits on steps. */
bool know_capture(size_t rule, struct span text, struct span *version);

/* The next secret in the text at or behind *from, which moves behind the match. */
bool know_secret(size_t rule, struct span text, size_t *from, struct span *value);
/* The row of that id, or NULL. */
const struct secret_rule *secret_rule_find(struct span id);
bool secrets_start(void); /* by know_start */

#endif

/* service.h - inside observe/: what the files that follow a boot share. */
#ifndef EVENHAND_OBSERVE_SERVICE_H
#define EVENHAND_OBSERVE_SERVICE_H

#include "know/know.h"
#include "observe/observe.h"
#include "observe/shell.h"
#include "observe/system.h"

#define MOST_BOOT_FILES 4096 /* of one root that are looked at */
#define MOST_SETTINGS   256  /* of ports, addresses and users that are asked for */

/* A script in a directory of services: what it starts first bears its name. */
struct script_owner {
	const struct node *node; /* NULL: none */
	struct span name;
	const char *kind;
	bool told;
};

/* A place that commands are told at instead of their own: a line of inittab. */
struct service_place {
	const struct node *node;
	uint64_t offset, length;
	uint32_t line;
};

/* An instance under way between procd_open_instance and procd_close_instance. */
struct instance {
	bool open;
	struct service_place place;
	struct shell_words words;
	struct span user, condition, confined;
};

/* Paths that were looked up: scripts ask for the same ones over and over. */
#define KNOWN_PATHS 1024
struct known_path {
	struct span path;
	const struct node *node;
};

struct boot {                 /* one root file system */
	struct arena *a;      /* facts */
	struct arena scratch; /* values of scripts */
	struct shell_world world;
	const struct node *root;
	struct node **files; /* those that are kept, in tree order */
	uint32_t file_count;
	uint8_t *runs;     /* of the image's nodes: how often each script was followed */
	uint64_t *lookups; /* paths that may still be looked up */
	struct known_path *known;
	uint32_t *left; /* facts that may still be added */
	const struct service_fact *settings[MOST_SETTINGS];
	uint32_t setting_count;
	struct span folder; /* "/etc_ro", where inittab stands; "/etc" as a rule */
	const char *kind;
	bool enabled; /* what runs now is reached by default */
	struct script_owner owner;
	struct service_place place;
	bool entry_stays; /* what inittab's line names is started again when it ends */
	struct instance instance;
	bool has_super, has_xinetd; /* a started inetd or xinetd */
	unsigned level;             /* of runs that have one: inittab's initdefault */
};

/* What is to be told; texts are copied. */
struct service_new {
	struct service_place at;
	struct span name;
	const char *kind;
	bool enabled;
	struct span command, user, protocol, address, condition;
	uint32_t port;
	const struct node *program;
};

/* Adds a service, or says more of one that stands at the same place. NULL: too many. */
struct service_fact *service_add(struct boot *b, const struct service_new *s);
struct service_fact *service_find(const struct node *n, uint64_t offset, struct span name);

/* -- files of the root -- */
/* The file of that path, links followed; NULL when there is none, or too many were asked for. */
const struct node *boot_find(struct boot *b, struct span path);
/* A program by its path, or by its name along the usual search path. */
const struct node *boot_program(struct boot *b, struct span word);
struct span base_name(struct span path);
bool is_script(const struct node *n);

/* -- launching -- */
/* A program and how it is started: wrappers such as nice and start-stop-daemon taken away. */
struct launch {
	struct shell_words words; /* the program first; none: nothing is started */
	struct span user;
	struct span confined; /* what keeps it apart from the system: "ujail"; empty: nothing */
	bool as_daemon;       /* started to stay */
	bool is_text;         /* the first word is a line for a shell */
};

void launch_of(const struct shell_word *words, uint32_t count, struct launch *l);
struct span launch_text(struct boot *b, const struct shell_words *words);

/* -- ports -- */
/* What the command and the program's configuration say of protocol, address and port; then the
 * well-known default. */
void service_port(struct boot *b, struct service_new *s, const struct shell_words *words);
/* "tcp:192.168.1.1:80", "0.0.0.0:80", "[::]:80", "80". False: no port in it. */
bool read_endpoint(struct span s, struct span *protocol, struct span *address, uint32_t *port);
void relate_listeners(struct boot *b);

/* -- the ways in which something is started -- */
void boot_scripts(struct boot *b);
bool boot_reads(const struct node *n, struct span bytes);
/* Tells of a command what it starts. */
void boot_command(struct boot *b, const struct launch *l, const struct service_place *at,
		  struct span condition, bool stays);
void boot_run(struct boot *b, const struct node *script, const struct shell_words *args,
	      struct span condition);
/* Tells what a command changes: filter policies, account files, keys. True: it starts nothing. */
bool boot_watch(struct boot *b, const struct launch *l, struct span redirect,
		const struct service_place *at, struct span condition);
void boot_derived(struct boot *b);
void boot_jobs(struct boot *b);
/* What a shell asks of the image. */
extern const struct shell_hooks boot_hooks;
struct spans boot_glob(void *boot, struct span pattern);
/* Tells by what the service that stands at a place is confined; empty: by nothing. */
void boot_confined(struct boot *b, const struct service_place *at, struct span by);
/* Whether the file lies in a folder of services, and is one. */
bool boot_is_service(const struct node *n);
void boot_units(struct boot *b);
bool units_read(const struct node *n);
/* Whether something of one of the names (globs) is started, in any way. */
bool boot_is_started(const struct boot *b, const char *names);
void boot_super(struct boot *b);
void boot_supervised(struct boot *b);
bool supervised_reads(const struct node *n);
void boot_uci(struct boot *b);
void boot_android(struct boot *b);
void boot_settings(struct boot *b);
bool settings_read(const struct node *n);
/* Applies one row to a text: each setting it finds; false: the text is longer than is read. For
 * tests as well. */
typedef void setting_visitor(void *ctx, struct span key, struct span value, struct span line,
			     uint32_t number);
bool setting_each(const struct setting_rule *r, struct span text, setting_visitor *each, void *ctx);

/* The value of a setting that a file of this root gives for the service, or NULL. */
const struct service_fact *setting_of(const struct boot *b, struct span service, const char *what);

/* Whether a path ends in one of the globs "config/dropbear,*.cfg", from a slash on. */
bool path_matches(struct span path, const char *globs);
/* A value without quotes, blanks and marks around it. */
struct span bare_value(struct span s);
/* The value of an option of UCI: a remark may stand behind it. */
struct span uci_value(struct span s);

#endif

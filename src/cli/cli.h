/* cli.h - inside cli/: commands, options, input, and the supervisor that runs a worker in the jail.
 */
#ifndef EVENHAND_CLI_CLI_H
#define EVENHAND_CLI_CLI_H

#include "base/json.h"
#include "compare/compare.h"
#include "jail/jail.h"
#include "judge/declaration.h"
#include "log/evidence.h"
#include "observe/observe.h"
#include "report/report.h"

enum { EXIT_PASSED = 0, EXIT_FAILED = 1, EXIT_TROUBLE = 2, EXIT_OPEN = 3 };

#define MOST_INPUTS          4096
#define MOST_OUTPUTS         16
#define MOST_FEEDS           512
#define MOST_WANTED          256
#define MOST_KEYS            32
#define MOST_SERVED_POLICIES 8

/* A line of a report that is asked for. */
enum wanted_kind { WANTED_FACT, WANTED_NODE, WANTED_VERDICT, WANTED_MEMBER };

struct wanted {
	enum wanted_kind kind;
	const char *what; /* accounts/3, a locator, a check, image.sha256 */
};

/* What key, sign and verify are told. Names of files, but for the words that a person says. */
struct trust_options {
	const char *kind, *key_type;
	const char *passphrase; /* ask, fd:N, or a file */
	const char *keys[MOST_KEYS], *envelopes[MOST_KEYS], *evidence[MOST_KEYS];
	int key_count, envelope_count, evidence_count;
	const char *image, *publish;
	const char *vendor, *product, *release, *text;
	const char *bundle, *policy, *rules;
	int64_t at; /* the end of that day; 0: now */
};

/* What log and witness are told. */
struct serving_options {
	const char *name, *listen; /* NULL: none was given */
	uint32_t rate, connections;
	bool has_rate;
	const char *policies[MOST_SERVED_POLICIES];
	int policy_count;
	uint64_t old; /* --old */
	bool is_mirror;
};

/* What a log's commands are told: names of files, and the log's own. */
struct logging_options {
	const char *origin, *admission, *guard;
	const char *reports[MOST_KEYS], *seen[MOST_KEYS];
	int report_count, seen_count;
	const char *check, *role, *from, *until;
	const char *credentials, *region;
};

#define MOST_WATCHED 64

/* What log watch and log mirror are told. */
struct watching_options {
	const char *state, *fork; /* names of files */
	uint8_t subjects[MOST_WATCHED][SHA256_SIZE];
	const char *signers[MOST_WATCHED], *components[MOST_WATCHED];
	uint32_t subject_count, signer_count, component_count;
	uint32_t age;   /* hours; 0: any */
	uint32_t every; /* seconds; 0: once */
};

struct options {
	const char *inputs[MOST_INPUTS];
	int input_count;
	const char *outputs[MOST_OUTPUTS];
	int output_count;
	unsigned jobs;
	struct budget budget;
	const char *as_of;
	const char *feeds[MOST_FEEDS], *vex[MOST_FEEDS];
	int feed_count, vex_count;
	struct trust trust;
	const char *declaration; /* its file's name; NULL: none was given */
	struct span declaration_bytes;
	bool has_tables; /* --knowledge */
	int only;        /* an outcome, or -1 */
	const char *fail_on;
	const char *catalogue;
	struct compare_options compare;
	const char *against; /* a report's file; NULL */
	struct wanted wanted[MOST_WANTED];
	int wanted_count;
	struct merkle_head root; /* --root */
	struct span salt_key;    /* empty: none was given */
	const char *reply;       /* a message's file; NULL */
	const char *color;       /* always, never, or NULL: as the stream is */
	bool recipes, verdicts, reveal, quiet, no_jail, explain, all, owner, why_neutral,
		by_version, check, has_root, help;
	struct trust_options signing;
	struct serving_options serving;
	struct logging_options logging;
	struct watching_options watching;
	uint64_t watchdog; /* seconds without any progress */
};

/* What an option is, for parsing, --help and completion. */
struct option_row {
	const char *name;  /* "--jobs" or "-o" */
	const char *value; /* "N"; NULL: a flag */
	const char *help;
	bool (*take)(struct options *o, const char *value, const char *name);
	bool hidden;
};

struct command {
	const char *name; /* one word, or two: "log init" */
	const char *usage, *about;
	const struct option_row *const *options; /* ends with NULL */
	const char *notes;                       /* below the options */
	int (*run)(struct options *o);
	int least, most; /* names behind it; most 0: it looks itself */
};

extern const struct command *const commands[];
extern const size_t command_count;
extern const struct command command_scan, command_judge, command_compare, command_lineage,
	command_declare, command_tree, command_extract, command_formats, command_checks,
	command_knowledge, command_version, command_prove, command_disclose, command_disagree,
	command_key_new, command_key_show, command_key_line, command_sign, command_log_init,
	command_log_add, command_log_close, command_log_push, command_log_check, command_log_find,
	command_log_index, command_log_serve, command_log_bundle, command_log_trusted_root,
	command_log_watch, command_log_mirror, command_log_fork, command_log_request,
	command_log_cosign, command_witness_init, command_witness_add, command_witness_show,
	command_witness_serve, command_witness_sign, command_verify, command_policy_check;

extern const struct option_row option_output, option_folder, option_index, option_jobs,
	option_as_of, option_trust, option_feed, option_vex, option_knowledge, option_declaration,
	option_only, option_fail_on, option_recipes, option_reveal, option_quiet, option_color,
	option_no_jail, option_explain, option_all, option_owner, option_catalogue,
	option_why_neutral, option_depth, option_entries, option_bytes, option_content,
	option_watchdog, option_accept, option_latest, option_verdicts, option_against,
	option_by_version, option_evidence_output, option_message, option_fact, option_node,
	option_verdict, option_member, option_check, option_root, option_salt_key, option_reply,
	option_type, option_passphrase, option_kind, option_sign_key, option_verify_key,
	option_envelope, option_envelope_output, option_evidence, option_image, option_publish,
	option_publish_reveal, option_vendor, option_product, option_release, option_text,
	option_verify_output, option_bundle, option_bundle_output, option_policy, option_rules,
	option_at;

/* False after an error was printed. */
bool options_parse(const struct command *c, int argc, char **argv, struct options *o);
void command_help(const struct command *c);
/* For options that are told once. False after an error was printed. */
bool option_once(const char **to, const char *value, const char *name);

/* "evenhand: where: what." and, where there is something to do, a second line. Always false. */
__attribute__((format(printf, 3, 4))) bool complain(const char *where, const char *advice,
						    const char *format, ...);

struct job;
struct file_digest;

/* -- input.c -- */
struct input {
	const char *name;
	int fd;
	struct span bytes;
	uint64_t size;
	int64_t mtime_ns, ctime_ns;
	bool is_copy; /* of standard input or of a folder */
};

bool input_open(struct input *in, const char *name);
void input_close(struct input *in);
/* Whether it still is what was opened; says what happened if not. */
bool input_unchanged(const struct input *in);
/* An unlinked file in TMPDIR, or -1. */
int temporary_file(void);
/* Writes a folder as one pax archive, in a fixed order. */
bool folder_pack(const char *folder, int fd);

/* -- secret.c: passphrases and private keys, which no worker ever sees -- */
struct passphrase {
	char p[1025];
	size_t n;
};
struct sigkey;

/* The first line of what `from` names; twice: what is typed is asked for again. NULL gives an empty
 * one. False after an error was printed. */
bool passphrase_take(const char *from, bool twice, struct passphrase *out);
void passphrase_forget(struct passphrase *p);
/* A whole small file in memory of its own, to be freed; NULL after an error was printed. */
uint8_t *small_file(const char *path, size_t most, size_t *n);
/* Reads a private key; where it is encrypted and no passphrase is told, a terminal is asked. NULL
 * after an error was printed. */
struct sigkey *private_key_take(const char *path, const char *passphrase);

/* -- sign_work.c: statements, made in the jail; sign.c signs them outside -- */
int sign_work(struct job *j);

/* -- verify.c, verify_bundle.c outside, verify_work.c, verify_bundle_work.c in the jail -- */
struct verification {
	struct input envelopes[MOST_KEYS];
	int envelope_count;
	struct span keys[MOST_KEYS]; /* PEM */
	int key_count;
	bool has_image;             /* the job's second input */
	struct input policy, rules; /* of a bundle, which is the job's first input */
	struct text_view view;
};

int verify_work(struct job *j);
/* Reads the public keys that --key names. False after an error was printed. */
bool verification_keys(const struct options *o, struct verification *v);
int verify_bundle(struct options *o);
int verify_bundle_work(struct job *j);

/* -- feeds.c: what --feed and --vex name -- */
struct feed_inputs {
	struct input feeds[MOST_FEEDS], vex[MOST_FEEDS];
	int feed_count, vex_count;
};

bool feeds_open(struct feed_inputs *f, const struct options *o);
void feeds_close(struct feed_inputs *f);
bool feeds_unchanged(const struct feed_inputs *f);
/* Reads them in the jail; of published files only what the components ask for is kept. */
bool feeds_read(struct feed_inputs *in, const struct facts *f, struct arena *a,
		struct feed_set *set);
/* Says what is wrong with one. Always false. */
bool feed_complain(const struct input *in, struct fault fault);
/* The same where a digest did not hold while an index was used. */
bool feeds_damaged(void);

/* -- tables.c -- */
/* Reads the folder's tables, and uses them from now on. False after an error was printed. */
bool tables_take(const char *folder);

/* -- output.c: files that are replaced atomically -- */
enum report_kind {
	REPORT_TEXT,
	REPORT_JSON,
	REPORT_HTML,
	REPORT_CDX,
	REPORT_SPDX,
	REPORT_SARIF,
	REPORT_VEX,
	REPORT_INDEX,
};

struct output {
	char path[4096], temporary[4096];
	enum report_kind kind;
	int fd;
};

bool output_open(struct output *out, const char *path);
/* The same for a file of any name. */
bool output_open_as(struct output *out, const char *path, enum report_kind kind);
bool output_commit(struct output *out);
void output_abandon(struct output *out);
bool write_all(int fd, const void *bytes, size_t n);
/* A whole file of a text. False after an error was printed; then what was there is untouched. */
bool output_write(const char *path, const struct text *t);

/* -- job.c: one image, one worker at a time -- */
struct job {
	struct options *options;
	struct input *input;
	struct input *second;                    /* compare: the right image; NULL */
	struct feed_inputs *feeds;               /* NULL: none can be given */
	struct file_digest *evidence;            /* sign: of the files that --evidence names */
	const struct verification *verification; /* verify: what was read before the jail closed */
	struct output outputs[MOST_OUTPUTS];
	int output_count;
	int text_fd;   /* what is printed on standard output after all went well */
	int frames_fd; /* extract: where contents go; -1 */
	struct spill spill;
	struct journal *journal;
	/* Runs in the jail, from a fresh process. Returns the exit code. */
	int (*work)(struct job *j);
	void (*serve)(struct job *j, int frames); /* extract: the supervisor's side */
	/* What becomes of what was written to text_fd; NULL: it is printed. */
	bool (*take)(const struct job *j);
};

/* Nothing is open yet. */
struct job job_new(struct options *o, struct input *in, int (*work)(struct job *j));
int job_run(struct job *j);

/* -- examine.c: what scan, tree and extract do with an image, inside the worker -- */
/* Whose workers stand in the journal, and from which of its slots on. */
struct guarded {
	struct journal *journal;
	unsigned first;
};

struct examination {
	struct guarded guarded; /* `first` is set by a caller that runs two at once */
	struct pool *pool;
	struct observation observation;
	struct opening opening;
	struct tree tree;
};

enum { PHASE_OPENING, PHASE_JOINING, PHASE_WRITING };

/* Opens an image. observe: run the observers; hooks: what extract and compare set of an opening, or
 * NULL. False after machine faults. */
bool examine(struct job *j, struct examination *x, struct span image, bool observe,
	     const struct opening *hooks);
void examination_free(struct examination *x);
/* Frees what a thread kept that examined. */
void examination_thread_end(void);

/* -- scan.c: what scan and judge share -- */
/* What is judged by besides the rules: a declaration, feeds. */
struct given {
	struct declaration declaration;
	struct feed_set feeds;
};

/* Reads what was given into the arena, and makes the facts that come of it. False after an error
 * was printed. */
bool take_given(struct job *j, struct facts *f, struct arena *a,
		const uint8_t image_sha256[SHA256_SIZE], struct given *g, struct judge_options *to);
/* Judges: r gets tree, facts, options and verdicts. False when the machine has no memory. */
bool judge_case(const struct case_file *c, struct report *r);
/* Writes the job's reports of what was judged. The exit code. */
int write_case(struct job *j, const struct report *r);
/* Runs `work` in the jail for each input, with its own outputs; `parallel`: in so many processes as
 * there are jobs. The worst exit code. */
int report_each(struct options *o, const char *command, bool parallel, int (*work)(struct job *j));

/* -- judge.c -- */
/* Reads a stored report. False after an error was printed. */
struct stored;
bool stored_take(const struct input *in, struct arena *a, struct stored *s);

/* -- prove.c: what prove, disclose and disagree share -- */
struct report_lines;
/* Reads a report's lines, salted where a key was given. False after an error was printed. */
bool lines_take(const struct input *in, struct span salt_key, struct arena *a,
		struct report_lines *lines);
/* Writes the root, or an evidence file of the lines that are asked for. */
int prove_work(struct job *j);
/* Runs it on the one report that was given. */
int prove_run(struct options *o, const char *command);

/* -- declare.c -- */
/* What was given with --declaration, read into the arena; none leaves d alone. False after an error
 * was printed. */
bool declaration_take(const struct options *o, struct arena *a, struct declaration *d,
		      struct judge_options *to);

/* How text is to look where it goes. */
struct text_view view_of(const struct job *j);

/* -- progress.c -- */
void progress_start(const struct job *j);
void progress_show(const struct job *j);
void progress_end(void);

/* -- guard.c: the journal as tree/ and observe/ see it -- */
struct guard guard_of(struct guarded *g);
void guard_describe(const void *node, char *text, size_t size);

#endif

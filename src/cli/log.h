/* log.h - inside cli/: what the commands of a log share. In the log's directory DIR lie, beside
 * what the store keeps there, `key` (a link to the private key), `admission`, and `guard` (a link
 * to a file on another disk), so that a log can be opened by its name alone. */
#ifndef EVENHAND_CLI_LOG_H
#define EVENHAND_CLI_LOG_H

#include "cli/serve.h"
#include "log/policy.h"
#include "log/store.h"

struct log_session {
	struct sigkey *key;
	uint8_t *admission_file;
	struct roster *admission;
	char *guard;
	struct span seen[MOST_KEYS];
	uint32_t seen_count;
	struct log *log;
};

/* Opens DIR for writing, by what lies in it and what the options say; more: what else is to be told
 * to the store, NULL. False after an error was printed. */
bool log_session_open(struct log_session *s, const struct options *o, const char *dir,
		      const struct log_options *more);
void log_session_close(struct log_session *s);
/* To read, also while another process writes. NULL after an error was printed. */
struct log *log_read(const char *dir);

/* The keys of an admission file, which must live as long. False after an error was printed. */
bool admission_read(const char *path, uint8_t **file, struct roster *r);

/* -- log_serve.c: policies of the command line -- */
struct policy;
struct served_policies {
	struct span files[MOST_SERVED_POLICIES];
	struct policy *list[MOST_SERVED_POLICIES];
	uint32_t count;
	bool needs_quorum; /* one of them */
};

/* False after an error was printed; to be freed all the same. */
bool served_policies_read(struct served_policies *s, const struct options *o);
void served_policies_free(struct served_policies *s);

/* -- log_send.c: a log that serves -- */
struct client;
struct client_call;
bool log_is_address(const char *name);
/* 64 hexadecimal digits, with or without "sha256:". */
bool log_digest_read(const char *word, uint8_t sha256[SHA256_SIZE]);
int log_send_run(struct options *o); /* as log add does for a directory */
/* What to do where a key is not admitted. */
void log_say_admission(void);
/* POST to a path of that address. Whether it answered 200. */
bool log_post(struct client *c, const char *base, const char *path, struct client_call *call);
/* Prints what else came. Always false. */
bool log_say_post(const char *name, const struct client_call *call);

extern const struct option_row option_origin, option_admission, option_guard, option_seen,
	option_log_key, option_find_key, option_log_report, option_log_check, option_role,
	option_from, option_until;

#endif

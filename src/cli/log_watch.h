/* log_watch.h - inside cli/: what watching and mirroring a log share. */
#ifndef EVENHAND_CLI_LOG_WATCH_H
#define EVENHAND_CLI_LOG_WATCH_H

#include "cli/cli.h"
#include "log/follow.h"

extern const struct option_row option_state, option_fork, option_subject, option_signer,
	option_component, option_age, option_every;

/* The digest that --signer tells, or that of the key in the file. False after an error was printed.
 */
bool watch_signer(const char *value, uint8_t sha256[SHA256_SIZE]);
/* Reads --policy; file is freed by the caller. False after an error was printed. */
bool watch_policy(const struct options *o, struct policy *p, struct span *file);
/* A file, all or nothing, that survives a power cut. False after an error was printed. */
bool watch_write(const char *path, struct span bytes);
/* Prints that the log is not what it was, and keeps its checkpoints in a file. The exit code. */
int watch_alarm(struct span fork, enum follow_end end, const char *path);

#endif

/* serve.h - inside cli/: what commands that serve share. */
#ifndef EVENHAND_CLI_SERVE_H
#define EVENHAND_CLI_SERVE_H

#include "cli/cli.h"
#include "log/client.h"
#include "log/http.h"

extern const struct option_row option_name, option_listen, option_rate, option_connections,
	option_answer_output, option_log_policy, option_old;

/* A client of HTTP; NULL after an error was printed. */
struct client *client_take(const struct client_options *o);

/* Prints what went wrong. Always false. */
bool complain_of(const struct log_error *e);
/* The same as a warning of a thread that goes on. */
void warn_of(const struct log_error *e);

struct http_options serve_options(const struct options *o);
/* Holds back the signals that end a server; before any thread starts. */
void serve_signals(void);
/* Waits for one of them. */
void serve_wait(void);
/* The same at most so long: true where one came. */
bool serve_wait_for(unsigned seconds);

#endif

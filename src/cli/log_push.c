/* log_push.c - evenhand log push: a log's public files to object storage. */
#include <stdio.h>
#include <string.h>

#include "cli/log.h"
#include "log/client.h"
#include "log/push.h"

static bool check_url(const char *url, char *to, size_t size)
{
	size_t n = strlen(url);

	while (n && url[n - 1] == '/')
		n--;
	if (!log_is_address(url) || n + 1 > size || strpbrk(url, "?#@ ") ||
	    !strchr(strstr(url, "://") + 3, '/'))
		return complain(url, "https://HOST/BUCKET, with /PREFIX where it has one.",
				"it is no address of a bucket");
	memcpy(to, url, n);
	to[n] = 0;
	return true;
}

static bool check_user(const struct passphrase *p)
{
	return (memchr(p->p, ':', p->n) && !memchr(p->p, 0, p->n)) ||
	       complain("--credentials", "Its first line is ACCESS-KEY:SECRET.",
			"there are no credentials in it");
}

static void say(const struct pushed *p)
{
	struct text t = { 0 };

	text_puts(&t, "pushed  ");
	text_number(&t, p->to - p->from);
	text_puts(&t, p->to - p->from == 1 ? " entry, " : " entries, ");
	text_number(&t, p->files);
	text_puts(&t, p->files == 1 ? " file, " : " files, ");
	text_number(&t, p->bytes);
	text_puts(&t, " bytes; ");
	text_number(&t, p->to);
	text_puts(&t, p->to == 1 ? " entry is there" : " entries are there");
	printf("%s\n", t.p ? t.p : "");
	text_free(&t);
}

static int run(struct options *o)
{
	const struct client_options co = { .total_ms = 300000 };
	struct passphrase user = { .n = 0 };
	struct push_options po = { .region = o->logging.region, .user = user.p };
	char url[2048];
	struct pushed sum;
	struct log_error e;
	struct log *l = NULL;
	bool ok = o->logging.credentials ||
		  complain(NULL, "A file, fd:N or ask, whose first line is ACCESS-KEY:SECRET.",
			   "push needs --credentials");

	ok = ok && check_url(o->inputs[1], url, sizeof(url)) &&
	     passphrase_take(o->logging.credentials, false, &user) && check_user(&user);
	l = ok ? log_read(o->inputs[0]) : NULL;
	if (l) {
		po.url = url;
		po.client = client_take(&co);
		ok = po.client && (log_push(l, &po, &sum, &e) || complain_of(&e));
		if (ok)
			say(&sum);
	}
	client_free(po.client);
	passphrase_forget(&user);
	log_close(l);
	return l && ok ? EXIT_PASSED : EXIT_TROUBLE;
}

static bool take_credentials(struct options *o, const char *value, const char *name)
{
	(void)name;
	o->logging.credentials = value;
	return true;
}

static bool take_region(struct options *o, const char *value, const char *name)
{
	if (strlen(value) > 64 ||
	    strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(value))
		return complain(name, "As the storage's provider says: eu-central-1.",
				"\"%s\" is no region", value);
	o->logging.region = value;
	return true;
}

/* clang-format off */
static const struct option_row option_credentials = { "--credentials", "FROM", "ACCESS-KEY:SECRET: ask, fd:N, or a file", take_credentials, false };
static const struct option_row option_region = { "--region", "REGION", "of the storage, otherwise us-east-1", take_region, false };
/* clang-format on */

static const struct option_row *const push_rows[] = { &option_credentials, &option_region, NULL };

const struct command command_log_push = {
	.name = "log push",
	.usage = "log push --credentials FROM [--region REGION] DIR URL",
	.about = "Brings what is public of a log to S3-compatible object storage, which then\n"
		 "serves it: what the bucket lacks, and the checkpoint last. URL is\n"
		 "https://HOST/BUCKET.",
	.options = push_rows,
	.notes = "A bucket that is ahead of the log, or has another history of it, is left alone.\n"
		 "Exit: 0 done, 2 not done.",
	.run = run,
	.least = 2,
	.most = 2,
};

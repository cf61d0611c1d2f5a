/* secret.h - inside observe/: what the files of the secrets observer share. */
#ifndef EVENHAND_OBSERVE_SECRET_H
#define EVENHAND_OBSERVE_SECRET_H

#include "base/text.h"
#include "observe/observe.h"

/* What a file is to a secret that stands in it (checks.md 17.1: one classifier). */
enum holder {
	HOLDER_PROGRAM, /* or any other binary */
	HOLDER_SCRIPT,  /* of a shell */
	HOLDER_CODE, /* of a language in which a text stands in quotes, pages with scripts among it
		      */
	HOLDER_CONFIGURATION, /* text that is none of the others */
	HOLDER_HISTORY,       /* of commands, of versions, of an editor */
	HOLDER_DOCUMENT,      /* for people to read, samples among it */
	HOLDER_TEST,          /* data of a program's own tests */
};

const char *holder_name(enum holder h);
enum holder holder_of(const struct node *n, struct span bytes, bool is_text);

/* Why the value that stands in the text is no secret of anybody's; NULL: it may be one. */
const char *secret_filter(const struct secret_rule *r, enum holder holder, struct span text,
			  struct span value);

/* Whether another rule may know the value better: it does not look like one that this rule means.
 */
bool secret_is_doubt(const char *why);

/* Whether it is one of the published default passwords. */
bool secret_is_published(struct span value);

/* Whether the place in a line, or string, lies in a comment. */
bool is_commented(struct span line, uint64_t at);

/* Whether the place lies in the manual that a program's source holds. */
bool is_in_manual(const struct node *n, struct span bytes, uint64_t at);

/* First and last two characters and how many there are; under 8 the number alone. */
struct span secret_masked(struct arena *a, struct span value);

#endif

/* export.h - inside report/: what the writers of other people's formats share. An export is a
 * function of the report alone: its identifier is made from the report's digest, and its times are
 * those that were given or that the image holds (docs/exports.md). */
#ifndef EVENHAND_REPORT_EXPORT_H
#define EVENHAND_REPORT_EXPORT_H

#include "report/member.h"
#include "report/report.h"

struct export
{
	const struct report *r;
	struct json j;
	struct text scratch;
	uint8_t digest[SHA256_SIZE]; /* of the canonical report */
	char uuid[37];               /* version 5 of RFC 9562, of format and digest */
	char time[21];               /* RFC 3339 */
	bool time_given;             /* by --as-of; otherwise the newest of the image */
};

/* json is what report_json wrote. */
void export_begin(struct export *x, const struct report *r, const char *format, struct span json,
		  struct text *out);
void export_end(struct export *x);

/* A member that is a locator. */
void member_locator(struct export *x, const char *key, const struct node *n);

/* Whether a text is a package URL, or a CPE 2.3 name in its formatted form: what is not is left
 * out, for readers refuse a whole document over it. */
bool is_purl(struct span s);
bool is_cpe(struct span s);

/* -- vulnerabilities -- */
struct vulnerability_words {
	const char *status;              /* of the fact */
	const char *cyclonedx, *affects; /* state of its analysis; status of the version */
	const char *openvex;
	const char *says; /* where the fact gives no reason */
};
const struct vulnerability_words *vulnerability_words(const struct vulnerability_fact *v);
/* The reason of the closed list of VEX for which one does not affect; NULL for none. */
struct justification {
	const char *openvex, *cyclonedx;
};
const struct justification *justification_of(const struct vulnerability_fact *v);

/* -- what an image calls itself -- */
/* The first identity that names a product; a name of ours otherwise. */
struct span image_name(const struct report *r);
const struct identity_fact *image_identity(const struct report *r); /* may be NULL */

/* -- licences -- */
enum license_form {
	LICENSE_NONE,
	LICENSE_ID,         /* one identifier of the SPDX list */
	LICENSE_EXPRESSION, /* several, or one with an exception, or a LicenseRef- */
	LICENSE_NAME,       /* what somebody wrote */
};

enum license_form license_form(struct span license);
/* The next "LicenseRef-..." of an expression; moves *at; false at the end. */
bool license_ref_next(struct span license, size_t *at, struct span *ref);

#endif

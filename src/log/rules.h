/* rules.h - what may be installed (--rules, docs/verify.md): whose statements count, and which of
 * them there must be. One statement a line, as in a policy:
 *
 *	key NAME ROLE BASE64 [from DAY] [until DAY]	trust/roster.h
 *	need COUNT ROLE|any KIND			so many keys must have signed one
 *	product VENDOR NAME				releases of others do not count
 *	allow fail|review|not-evaluable CHECK...|all	verdicts that are borne
 *	allow opaque PLACE SIZE | all			parts that nobody could open
 *	allow unwitnessed				a policy whose quorum is none
 *	age DAYS					since the witnesses saw the log
 *	claims none|answered|ignored			what is alleged
 *
 * What is not allowed refuses. Reading takes no memory; names are views of the file. */
#ifndef EVENHAND_LOG_RULES_H
#define EVENHAND_LOG_RULES_H

#include "trust/roster.h"
#include "trust/statement.h"

#define RULES_MOST_BYTES    (256u << 10)
#define RULES_MOST_NEEDS    32u
#define RULES_MOST_PRODUCTS 64u
#define RULES_MOST_ALLOWED  1024u
#define RULES_MOST_REGIONS  256u
#define RULES_MOST_DAYS     36500u

struct rules_need {
	uint32_t count;
	enum role role; /* ROLES: any */
	enum statement_kind kind;
	uint32_t line;
};

struct rules_product {
	struct span vendor, name; /* a blank in it is written \x20 */
	uint32_t line;
};

struct rules_allowed {
	struct span check;
	enum test_end end;
	uint32_t line;
};

struct rules_region {
	struct span where; /* a blank in it is written \x20 */
	uint64_t size;     /* at most */
	uint32_t line;
};

enum rules_claims {
	CLAIMS_ANSWERED, /* each is answered by somebody else: unless a line says otherwise */
	CLAIMS_NONE,
	CLAIMS_IGNORED,
};

struct rules {
	struct roster roster;
	struct rules_need needs[RULES_MOST_NEEDS];
	struct rules_product products[RULES_MOST_PRODUCTS];
	struct rules_allowed allowed[RULES_MOST_ALLOWED];
	struct rules_region regions[RULES_MOST_REGIONS];
	uint32_t need_count, product_count, allowed_count, region_count;
	uint32_t all_of[TEST_ENDS]; /* the line that allows all such verdicts; 0: none */
	uint32_t all_regions;       /* the same of parts */
	uint32_t unwitnessed;       /* the line; 0: a quorum must have signed */
	uint32_t age;               /* days; 0: any */
	uint32_t age_line, claims_line;
	enum rules_claims claims;
	uint32_t wrong_line; /* after an error */
};

/* NULL, or what is wrong, in r->wrong_line. The bytes must live as long as r. */
const char *rules_read(struct span file, struct rules *r);

/* Whether a release is of a product that is named, or none is. */
bool rules_are_of(const struct rules *r, const struct statement *release);
/* The line that allows a verdict, or a part; 0: none does. */
uint32_t rules_allow(const struct rules *r, const struct test *t);
uint32_t rules_allow_opaque(const struct rules *r, const struct opaque *o);

#endif

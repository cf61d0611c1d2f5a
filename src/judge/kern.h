/* kern.h - inside judge/: the kernels of an image, as the checks of the kernel see them. */
#ifndef EVENHAND_JUDGE_KERN_H
#define EVENHAND_JUDGE_KERN_H

#include "judge/check.h"
#include "know/know.h"

#define RELEASE(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

/* One configuration, or what an image without one shows. */
struct kernel {
	const struct node *node;
	const struct kernel_fact *release; /* NULL: not known */
	uint32_t number;                   /* of the release, as RELEASE gives it; 0: not known */
	const char *architecture;          /* "arm64"; NULL: not known */
	const struct kernel_fact **option; /* one a row of kernel_options, or NULL */
	bool is_inferred;
};

/* The next kernel; false when there are no more. Those of which only signs are known come only
 * where the image has no configuration at all. *at begins with 0. */
bool kernel_next(struct ruling *r, uint32_t *at, struct kernel *k);

/* "4.4.182-x" as a number; 0 when it is none. */
uint32_t release_number(struct span release);
/* The newest release that any kernel of the image has; 0: none is known. */
uint32_t newest_release(const struct ruling *r);

bool kernel_is(const struct kernel_fact *f, const char *kind);
bool has_fact(const struct ruling *r, const char *kind);
/* Whether an option is on: y or m. */
bool option_is_on(const struct kernel *k, const char *option);
/* Whether the row speaks of this kernel: by architecture and release. */
bool option_applies(const struct kernel *k, const struct kernel_option *o);
/* Whether the kernel has it as the row wants it, or by what serves instead. */
bool option_holds(const struct kernel *k, const struct kernel_option *o);
/* The place of an option, or of the release where the configuration does not name it. */
void rule_option(struct ruling *r, enum outcome o, const struct kernel *k,
		 const struct kernel_option *row);

/* Says that there is no kernel, or no configuration of it; true when it did. */
bool lacks_configuration(struct ruling *r);

/* The value of the last setting of that name whose end it matches: NULL when it is not set. */
const struct kernel_fact *sysctl_of(const struct ruling *r, const char *name);

#endif

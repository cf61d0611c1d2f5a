/* version.h - which of two versions is older, by the order of whoever numbers them. */
#ifndef EVENHAND_KNOW_VERSION_H
#define EVENHAND_KNOW_VERSION_H

#include "base/span.h"

enum scheme {
	SCHEME_GENERIC, /* upstream releases as NVD names them */
	SCHEME_DPKG,    /* Debian policy 5.6.12; opkg too */
	SCHEME_APK,
	SCHEME_RPM,
	SCHEME_SEMVER,
	SCHEME_PEP440,
	SCHEMES,
};

/* Below, equal or above zero. Total: what a scheme does not allow still has its place. */
int version_compare(enum scheme scheme, struct span a, struct span b);

/* A distribution's version without epoch and revision: "1:1.1.1n-0+deb11u4" is "1.1.1n". */
struct span version_upstream(enum scheme scheme, struct span v);

/* A generic version without its patch level: "8.9p1" is "8.9", which CPE names apart. */
struct span version_without_update(struct span v);

const char *scheme_name(enum scheme scheme);

#endif

/* language.h - inside observe/: packages that a language's own tools installed, by what they leave
 * in the image. */
#ifndef EVENHAND_OBSERVE_LANGUAGE_H
#define EVENHAND_OBSERVE_LANGUAGE_H

#include "observe/component.h"

struct package {
	const char *type;    /* "pkg:npm" */
	struct span space;   /* of the package URL, as it is written there; may be empty */
	struct span name;    /* of the fact */
	struct span called;  /* in the package URL; empty: the name */
	struct span version; /* empty: not known */
	struct span license;
	const char *cpe; /* vendor and product, as in component-names.tsv; NULL: none */
	struct evidence_at at;
	enum sighting sighting;
};

/* States the package when its name and version are texts of a sensible length. */
void language_add(struct scene *s, const struct package *p);

/* Whether the file was a list of packages or the description of one: then it is nothing else. */
bool languages_look(struct scene *s);

/* What compilers leave in programs: Go's build information, Rust's audit data. */
void languages_of_program(struct scene *s);

/* Texts of two sections of a program, for tests and fuzzing. */
void language_go(struct scene *s, struct span module_lines);
void language_rust(struct scene *s, struct span json, struct evidence_at at);

bool component_is_language(const struct component_fact *c);

#endif

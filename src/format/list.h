/* list.h - the one list of formats, most specific first. Declarations, dispatch, search patterns,
 * `evenhand formats` and the table in the docs come from it. */
#define FORMATS(X) \
	X(gzip) \
	X(squashfs)

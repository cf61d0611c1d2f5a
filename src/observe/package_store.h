/* package_store.h - inside observe/: the three stores that rpm has kept its headers in. */
#ifndef EVENHAND_OBSERVE_PACKAGE_STORE_H
#define EVENHAND_OBSERVE_PACKAGE_STORE_H

#include "base/cursor.h"
#include "base/text.h"

/* One value; offset and length: where in the store it begins, and how much of it stands there. The
 * bytes are valid during the call. */
typedef void store_visitor(void *ctx, struct span value, uint64_t offset, uint64_t length);

/* The second column of table "Packages" (sqlite.org/fileformat2.html). */
void store_sqlite(struct span in, store_visitor *each, void *ctx);
/* rpm's own (lib/backend/ndb/rpmpkg.c). */
void store_ndb(struct span in, store_visitor *each, void *ctx);
/* Berkeley DB, access method hash, all values (dbinc/db_page.h); both byte orders. */
void store_bdb(struct span in, store_visitor *each, void *ctx);

#endif

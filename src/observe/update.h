/* update.h - inside observe/: one file that has a part in updates, as the parts of its observer
 * share it. */
#ifndef EVENHAND_OBSERVE_UPDATE_H
#define EVENHAND_OBSERVE_UPDATE_H

#include "observe/system.h"

struct update_file {
	struct scene *s;
	bool is_script;                /* of a shell */
	bool is_updater;               /* its name says that it updates */
	bool is_reset;                 /* its name says that it restores defaults */
	bool said_header, said_switch; /* once is enough */
	uint32_t made;
	const struct fact *first; /* of those that were made, or NULL */
};

/* A fact of the file, unless there are too many; NULL then. */
struct update_fact *update_say(struct update_file *u, const char *kind, const char *what,
			       struct span value, uint64_t offset, uint64_t length);

/* Commands of a shell script, line by line. */
void update_script(struct update_file *u);
/* Package feeds, and the settings of update clients; true when the file is of that kind. */
bool update_feeds(struct update_file *u);
/* A mark of updates, or one of endpoints, that ended there. */
void update_mark(struct update_file *u, const struct hit *h);
/* Keys that verify: of usign, and in device trees. */
void update_usign_key(struct update_file *u);
void update_device_tree(struct update_file *u);

/* A folder of manuals, licences and the like: nothing there has a part in updates. */
bool update_is_manual(struct span path);

#endif

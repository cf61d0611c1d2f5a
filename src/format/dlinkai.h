/* dlinkai.h - inside format/: passwords of D-Link's EAGLE PRO AI and AQUILA PRO AI devices, from
 * which the keys of their images are made. */
#ifndef EVENHAND_FORMAT_DLINKAI_H
#define EVENHAND_FORMAT_DLINKAI_H

#include "base/span.h"

#define DLINKAI_PASSWORDS 16

struct dlinkai_password {
	const char *model;
	const char *text;
};

extern const struct dlinkai_password dlinkai_passwords[DLINKAI_PASSWORDS];

#endif

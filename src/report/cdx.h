/* cdx.h - inside report/: the parts of a CycloneDX document. */
#ifndef EVENHAND_REPORT_CDX_H
#define EVENHAND_REPORT_CDX_H

#include "report/bill.h"

/* A property of evenhand: what CycloneDX has no field for. */
void cdx_property(struct json *j, const char *name, struct span value);
void cdx_property_u64(struct json *j, const char *name, uint64_t value);

/* One place where something was seen; f may be NULL: the whole content of the node. */
void cdx_occurrence(struct export *x, const struct node *n, const struct fact *f);

/* Keys, certificates, algorithms and protocols: cryptographic assets. */
void cdx_crypto(struct export *x);
void cdx_vulnerabilities(struct export *x);

#endif

/* list.h - the one list of checks, in the order of the catalogue. Declarations, the registry,
 * `evenhand checks` and the order of verdicts come from it. */
#ifndef EVENHAND_JUDGE_LIST_H
#define EVENHAND_JUDGE_LIST_H

/* clang-format off */
#define CHECKS(X) \
	X(img_01) X(img_02) X(img_03) X(img_04) X(img_05) X(img_06) \
	X(acc_01) X(acc_02) X(acc_03) X(acc_04) X(acc_05) X(acc_06) X(acc_07) X(acc_08) X(acc_09) \
	X(acc_10) \
	X(cred_01) X(cred_02) X(cred_03) X(cred_04) X(cred_05) X(cred_06) X(cred_07) X(cred_08) \
	X(key_01) X(key_02) X(key_03) X(key_04) X(key_05) X(key_06) X(key_07) X(key_08) X(key_09) \
	X(key_10) X(key_11) \
	X(bin_01) X(bin_02) X(bin_03) X(bin_04) X(bin_05) X(bin_06) X(bin_07) X(bin_08) X(bin_09) \
	X(bin_10) X(bin_11) X(bin_12)
/* clang-format on */

#endif

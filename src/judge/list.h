/* list.h - the one list of checks, in the order of the catalogue. Declarations, the registry,
 * `evenhand checks` and the order of verdicts come from it. */
#ifndef EVENHAND_JUDGE_LIST_H
#define EVENHAND_JUDGE_LIST_H

/* clang-format off */
#define CHECKS_IMG(X) X(img_01) X(img_02) X(img_03) X(img_04) X(img_05) X(img_06)
#define CHECKS_ACC(X) X(acc_01) X(acc_02) X(acc_03) X(acc_04) X(acc_05) X(acc_06) X(acc_07) X(acc_08) X(acc_09) X(acc_10)
#define CHECKS_CRED(X) X(cred_01) X(cred_02) X(cred_03) X(cred_04) X(cred_05) X(cred_06) X(cred_07) X(cred_08)
#define CHECKS_KEY(X) X(key_01) X(key_02) X(key_03) X(key_04) X(key_05) X(key_06) X(key_07) X(key_08) X(key_09) X(key_10) X(key_11)
#define CHECKS_SEC(X) X(sec_01) X(sec_02) X(sec_03) X(sec_04) X(sec_05) X(sec_06) X(sec_07) X(sec_08) X(sec_09) X(sec_10)
#define CHECKS_SVC(X) X(svc_01) X(svc_02) X(svc_03) X(svc_04) X(svc_05) X(svc_06) X(svc_07) X(svc_08) X(svc_09) X(svc_10) X(svc_11) X(svc_12) X(svc_13) X(svc_14) X(svc_15) X(svc_16)
#define CHECKS_BIN(X) X(bin_01) X(bin_02) X(bin_03) X(bin_04) X(bin_05) X(bin_06) X(bin_07) X(bin_08) X(bin_09) X(bin_10) X(bin_11) X(bin_12)
#define CHECKS_SBOM(X) X(sbom_01) X(sbom_02) X(sbom_03) X(sbom_04) X(sbom_05) X(sbom_06) X(sbom_07) X(sbom_08) X(sbom_09)
#define CHECKS_PRIV(X) X(priv_01) X(priv_02) X(priv_03) X(priv_04) X(priv_05) X(priv_06) X(priv_07) X(priv_08) X(priv_09) X(priv_10)
#define CHECKS_UPD(X) X(upd_01) X(upd_02) X(upd_03) X(upd_04) X(upd_05) X(upd_06) X(upd_07) X(upd_08) X(upd_09) X(upd_10)
#define CHECKS_KERN(X) X(kern_01) X(kern_02) X(kern_03) X(kern_04) X(kern_05) X(kern_06) X(kern_07) X(kern_08) X(kern_09) X(kern_10)
#define CHECKS_WEB(X) X(web_01) X(web_02) X(web_03) X(web_04) X(web_05) X(web_06) X(web_07) X(web_08) X(web_09) X(web_10)
#define CHECKS_BACK(X) X(back_01) X(back_02) X(back_03) X(back_04) X(back_05) X(back_06) X(back_07) X(back_08) X(back_09) X(back_10)
#define CHECKS_AVAIL(X) X(avail_01) X(avail_02) X(avail_03) X(avail_04) X(avail_05) X(avail_06) X(avail_07) X(avail_08) X(avail_09)
#define CHECKS_EP(X) X(ep_01) X(ep_02) X(ep_03) X(ep_04) X(ep_05) X(ep_06) X(ep_07) X(ep_08) X(ep_09) X(ep_10)
#define CHECKS_DECL(X) X(decl_01) X(decl_02)

#define CHECKS(X) \
	CHECKS_IMG(X) CHECKS_ACC(X) CHECKS_CRED(X) CHECKS_KEY(X) CHECKS_SEC(X) CHECKS_SVC(X) \
	CHECKS_BIN(X) CHECKS_SBOM(X) CHECKS_PRIV(X) CHECKS_UPD(X) CHECKS_KERN(X) CHECKS_WEB(X) \
	CHECKS_BACK(X) CHECKS_AVAIL(X) CHECKS_EP(X) CHECKS_DECL(X)
/* clang-format on */

#endif

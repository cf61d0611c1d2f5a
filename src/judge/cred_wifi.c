/* cred_wifi.c - what opens the Wi-Fi when the device leaves the factory. */
#include "judge/secret.h"

#define DOES_NOT_PROVE                                                                             \
	"strength of passwords users set; absence of other guessable passwords; that first boot "  \
	"does not replace the value"
#define ACCESS_POINTS "hostapd,wpad,wpad-*,hostapd-*,rt2860apd,rtinicapd,wlan_*,nas,eapd,wsccmd"
#define WIFI                                                                                       \
	"hostapd*,wpa_supplicant*,wpad*,iw,iwconfig,iwpriv,iwd,wlconf,wl,wl.ko,nas,ath*.ko,"       \
	"mt76*.ko,mt7*ap.ko,rt2*ap.ko,rt5*ap.ko,*80211*.ko,brcm*mac.ko,rtl8*.ko,8192*.ko,"         \
	"8188*.ko,8821*.ko,88x2*.ko,wireless,RT2860AP.dat"
#define WPS "hostapd*,wpad*,*wps*,*wsc*"

static void judge_passphrase(struct ruling *r)
{
	bool started = service_named(r, ACCESS_POINTS, true) != NULL;
	enum outcome o = started ? OUTCOME_FAIL : OUTCOME_REVIEW;

	EACH_FACT(r, FACT_SECRET, secret_fact, s)
	{
		if (secret_is_of(s, "wifi"))
			rule_fact(r, o, &s->f);
	}
	if (rule_count(r, o))
		rule_says(r, o, "%s the same on every device%s",
			  counted(r, rule_count(r, o), "passphrase is", "passphrases are"),
			  started ? "; Wi-Fi is started" : "");
	if (node_named(r, WIFI))
		rule_passed(r, "%s", secrets_searched(r));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no Wi-Fi was found");
}

const struct check check_cred_07 = {
	.id = "CRED-07",
	.group = "CRED",
	.title = "Factory Wi-Fi passphrase",
	.rule = "fail if a literal passphrase stands in the image and an access point is started "
		"by default; review if that is not known; pass if there is none; not applicable "
		"without Wi-Fi",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "TR.A.11; TR.A.12 (MUST NOT); EN 5.1-1 (M); ISVS 2.4.1 (L1); "
			"ISVS 4.4.2 (L1); CWE-1392; CWE-521",
	.reads = READS(DISMISSED) | READS(SECRET) | READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_passphrase,
};

static void judge_pin(struct ruling *r)
{
	bool started = service_named(r, ACCESS_POINTS, true) != NULL;
	uint32_t n;

	EACH_FACT(r, FACT_SECRET, secret_fact, s)
	{
		bool used = started && strcmp(s->holder, "configuration") == 0;

		if (secret_is_of(s, "wps"))
			rule_fact(r, used ? OUTCOME_FAIL : OUTCOME_REVIEW, &s->f);
	}
	n = rule_count(r, OUTCOME_FAIL);
	if (n)
		rule_says(r, OUTCOME_FAIL, "%s; the access point is started",
			  counted(r, n, "fixed PIN", "fixed PINs"));
	n = rule_count(r, OUTCOME_REVIEW);
	if (n)
		rule_says(r, OUTCOME_REVIEW, "%s; whether WPS takes it is not known",
			  counted(r, n, "fixed PIN", "fixed PINs"));
	if (node_named(r, WPS))
		rule_passed(r, "%s", secrets_searched(r));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no WPS was found");
}

const struct check check_cred_08 = {
	.id = "CRED-08",
	.group = "CRED",
	.title = "Fixed WPS PIN",
	.rule = "fail if a fixed PIN stands in a configuration and the access point is started by "
		"default; otherwise review; pass if there is none; not applicable without WPS",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "TR.A.16; ISVS 4.4.4 (L1); CWE-1391; CWE-798",
	.reads = READS(DISMISSED) | READS(SECRET) | READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_pin,
};

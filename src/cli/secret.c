/* secret.c - passphrases and private keys. They are read by the supervisor, after the last worker
 * was forked, so that none ever is in the memory of a process that parses an image or a report. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "cli/cli.h"
#include "trust/sigkey.h"

void passphrase_forget(struct passphrase *p)
{
	OPENSSL_cleanse(p, sizeof(*p));
}

/* A line, without its end, byte by byte: what follows it stays for whoever reads next. */
static bool read_line(int fd, const char *where, struct passphrase *out)
{
	ssize_t n;
	char c;

	out->n = 0;
	while ((n = read(fd, &c, 1)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return complain(where, NULL, "it cannot be read: %s", strerror(errno));
		if (c == '\n')
			break;
		if (out->n == MOST_PASSPHRASE)
			return complain(where, NULL, "a passphrase has at most %u bytes",
					MOST_PASSPHRASE);
		out->p[out->n++] = c;
	}
	return out->n ||
	       complain(where, "Its first line is the passphrase.", "there is no passphrase in it");
}

static bool ask_once(int tty, const char *prompt, struct passphrase *out)
{
	struct termios old, quiet;
	bool ok;

	if (tcgetattr(tty, &old))
		return complain("terminal", NULL, "%s", strerror(errno));
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(tty, TCSAFLUSH, &quiet);
	ok = write_all(tty, prompt, strlen(prompt)) && read_line(tty, "terminal", out);
	tcsetattr(tty, TCSAFLUSH, &old);
	return write_all(tty, "\n", 1) && ok;
}

static bool ask(bool twice, struct passphrase *out)
{
	struct passphrase again = { .n = 0 };
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	bool ok;

	if (tty < 0)
		return complain(NULL, "Give it with --passphrase FILE or --passphrase fd:N.",
				"there is no terminal to ask for the passphrase on");
	ok = ask_once(tty, "Passphrase: ", out);
	if (ok && twice) {
		ok = ask_once(tty, "The same again: ", &again);
		if (ok && (again.n != out->n || memcmp(again.p, out->p, out->n) != 0))
			ok = complain(NULL, "Nothing was written. Try again.",
				      "the two passphrases are not the same");
	}
	passphrase_forget(&again);
	close(tty);
	return ok;
}

/* A pipe or a terminal has no mode that says anything. */
static void warn_of_mode(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077))
		complain(path, "Close it to them: chmod 600.", "others than its owner may read it");
}

bool passphrase_take(const char *from, bool twice, struct passphrase *out)
{
	uint64_t number;
	bool ok;
	int fd;

	out->n = 0;
	if (!from)
		return true;
	if (strcmp(from, "ask") == 0)
		return ask(twice, out);
	if (strncmp(from, "fd:", 3) == 0) {
		if (!parse_u64(from + 3, &number) || number > INT32_MAX)
			return complain("--passphrase",
					"A number of a descriptor that is open: fd:3.",
					"\"%s\" names none", from);
		return read_line((int)number, from, out);
	}
	fd = open(from, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return complain(from, "The passphrase itself does not belong on the command line.",
				"it cannot be read: %s", strerror(errno));
	warn_of_mode(from);
	ok = read_line(fd, from, out);
	close(fd);
	return ok;
}

uint8_t *small_file(const char *path, size_t most, size_t *n)
{
	uint8_t *bytes = malloc(most + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t some = 1;

	*n = 0;
	while (bytes && fd >= 0 && some && *n <= most) {
		some = read(fd, bytes + *n, most + 1 - *n);
		if (some < 0 && errno != EINTR)
			break;
		*n += some > 0 ? (size_t)some : 0;
	}
	if (!bytes)
		complain(path, NULL, "no memory to read it");
	else if (fd < 0 || some < 0)
		complain(path, NULL, "it cannot be read: %s", strerror(errno));
	else if (*n > most)
		complain(path, NULL, "it has more than %zu bytes", most);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && some >= 0 && *n <= most)
		return bytes;
	free(bytes);
	return NULL;
}

/* Where a private key is: in a file that was read, or on a token. */
struct key_place {
	const char *name;
	struct span pem; /* empty: a token */
};

static enum sigkey_state try_key(const struct key_place *at, const struct passphrase *p,
				 struct sigkey **key)
{
	struct span passphrase = { (const uint8_t *)p->p, p->n };

	if (at->pem.n == 0)
		return sigkey_read_token(at->name, passphrase, key);
	return sigkey_read_private(at->pem, passphrase, key);
}

static void say_why(const struct key_place *at, enum sigkey_state state)
{
	if (state == SIGKEY_REFUSED)
		complain(at->name, NULL, "the passphrase does not open it");
	else if (state == SIGKEY_NO_WAY)
		complain(at->name,
			 "On Debian: libengine-pkcs11-openssl. PKCS11_MODULE_PATH names the "
			 "token's module.",
			 "OpenSSL has no engine \"pkcs11\" here, or it found no module");
	else if (at->pem.n == 0)
		complain(at->name, "p11tool --list-tokens gives the URI of each.",
			 "no token has such a key, P-256, for signing");
	else
		complain(at->name, "evenhand key new makes one.",
			 "it is no private key in PEM, P-256 or Ed25519");
}

static struct sigkey *read_key(const struct key_place *at, const char *from)
{
	struct passphrase passphrase;
	struct sigkey *key = NULL;
	enum sigkey_state state;

	if (!passphrase_take(from, false, &passphrase)) {
		passphrase_forget(&passphrase);
		return NULL;
	}
	state = try_key(at, &passphrase, &key);
	passphrase_forget(&passphrase);
	if (state == SIGKEY_LOCKED)
		return read_key(at, "ask");
	if (state != SIGKEY_READ)
		say_why(at, state);
	return key;
}

static struct sigkey *token_key_take(const char *uri, const char *passphrase)
{
	const struct key_place at = { .name = uri };

	if (strstr(uri, "pin-value")) {
		complain("--key", "Leave it out, and give the PIN with --passphrase.",
			 "a PIN does not belong on the command line");
		return NULL;
	}
	return read_key(&at, passphrase);
}

struct sigkey *private_key_take(const char *path, const char *passphrase)
{
	struct key_place at = { .name = path };
	struct sigkey *key;
	uint8_t *pem;

	hash_start();
	if (sigkey_is_token(path))
		return token_key_take(path, passphrase);
	pem = small_file(path, MOST_KEY_FILE, &at.pem.n);
	if (!pem)
		return NULL;
	at.pem.p = pem;
	if (at.pem.n == 0) {
		complain(path, "evenhand key new makes one.", "it is empty");
		free(pem);
		return NULL;
	}
	warn_of_mode(path);
	key = read_key(&at, passphrase);
	OPENSSL_cleanse(pem, MOST_KEY_FILE + 1);
	free(pem);
	return key;
}

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
	if (fd < 0 || some < 0)
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

static void warn_of_mode(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & 077))
		complain(path, "Close it to them: chmod 600.", "others than its owner may read it");
}

static struct sigkey *read_key(const char *path, struct span pem, const char *from)
{
	struct passphrase passphrase;
	struct sigkey *key = NULL;
	enum sigkey_state state = SIGKEY_REFUSED;

	if (passphrase_take(from, false, &passphrase))
		state = sigkey_read_private(
			pem, (struct span){ (const uint8_t *)passphrase.p, passphrase.n }, &key);
	else
		from = NULL;
	passphrase_forget(&passphrase);
	if (state == SIGKEY_LOCKED)
		return read_key(path, pem, "ask");
	if (state == SIGKEY_UNKNOWN)
		complain(path, "evenhand key new makes one.",
			 "it is no private key in PEM, P-256 or Ed25519");
	if (state == SIGKEY_REFUSED && from)
		complain(path, NULL, "the passphrase does not open it");
	return key;
}

struct sigkey *private_key_take(const char *path, const char *passphrase)
{
	size_t n;
	uint8_t *pem = small_file(path, MOST_KEY_FILE, &n);
	struct sigkey *key;

	if (!pem)
		return NULL;
	warn_of_mode(path);
	hash_start();
	key = read_key(path, (struct span){ pem, n }, passphrase);
	OPENSSL_cleanse(pem, MOST_KEY_FILE + 1);
	free(pem);
	return key;
}

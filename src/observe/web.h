/* web.h - inside observe/: one file of a web interface, as the parts of its observer share it. */
#ifndef EVENHAND_OBSERVE_WEB_H
#define EVENHAND_OBSERVE_WEB_H

#include "observe/system.h"

enum web_language {
	WEB_NONE,
	WEB_SHELL,
	WEB_PHP,
	WEB_LUA,
	WEB_PERL,
	WEB_PYTHON,
	WEB_ASP,
	WEB_PAGE, /* HTML and what runs in the browser */
	WEB_PROGRAM,
	WEB_BLOB, /* no file: an image without a file system */
};

struct web_file {
	struct scene *s;
	enum web_language language;
	bool in_root;       /* below a folder that is called as web roots are */
	bool in_cgi;        /* below cgi-bin, or called like a CGI program */
	bool asks;          /* reads what a request says */
	const char *server; /* the server whose name the program has, or NULL */
	uint32_t made;
	const struct fact *first; /* of those that were made, or NULL */
};

/* A fact of the file, unless there are too many; what it says is cut to a sensible length. */
void web_say(struct web_file *w, const char *kind, struct span name, struct span detail,
	     uint64_t offset, uint64_t length);

/* Where the web interface's files stand, told by folders and names alone. */
bool web_path_in_root(struct span path);
bool web_path_in_cgi(struct span path);
enum web_language web_language_of_name(struct span name);
const char *web_language_name(enum web_language l);
/* The server that a program of that name is: "uhttpd"; NULL: none. */
const char *web_server_of(struct span name);

/* A pattern of web_marks that ended there, by what it tells. */
void web_mark(struct web_file *w, const struct hit *h);
/* Entries of luci controllers and menus, access lists of rpcd, routes of GoAhead. */
bool web_is_table(const struct node *n);
void web_tables(struct web_file *w);
/* Commands and evaluations, line by line. */
void web_script(struct web_file *w);
/* Whether a word is the name of a known command, a path, or a variable that is run. */
bool web_is_command(struct span word);
/* Formats of commands in a program that runs a shell. */
void web_formats(struct web_file *w);
/* Settings of servers: their own files; command lines in scripts. */
bool web_configuration(struct web_file *w);
void web_command_line(struct web_file *w, uint64_t at);

#endif

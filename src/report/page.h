/* page.h - inside report/: text for a terminal at 80 columns (terminal.md 9). Every string of the
 * image passes page_image, page_said or page_place; nothing else may bring one. */
#ifndef EVENHAND_REPORT_PAGE_H
#define EVENHAND_REPORT_PAGE_H

#include "report/report.h"

#define PAGE_WIDTH 80

struct page {
	const struct text_view *view;
	struct text *out;
};

/* Raw bytes of the image. Where the terminal is not UTF-8, only ASCII remains. */
void page_image(const struct page *p, struct span raw);
/* A text that text_escape has already passed, such as a sentence or a locator. */
void page_said(const struct page *p, struct span escaped);
/* An entry's path, or a region's locator. */
void page_place(const struct page *p, const struct node *n);
void page_locator(const struct page *p, const struct node *n);

/* What a fact holds back: a secret, masked unless the user asks for it; a password only then. */
struct span page_held_back(const struct page *p, const struct fact *f);
/* The same behind a place, or on a line of its own where that is full. */
void page_put_held_back(const struct page *p, const struct fact *f, unsigned indent);

/* Cells that everything since the last line end takes; colours take none. */
unsigned page_column(const struct page *p);
/* Blanks up to that column; at least one when `apart`. */
void page_to(const struct page *p, unsigned column, bool apart);
/* A number with commas that ends before that column, at least one blank before it. */
void page_number_to(const struct page *p, uint64_t value, unsigned column);

/* The mark of an outcome, with its blank: "■ ". */
void page_shape(const struct page *p, enum outcome o);
/* "not evaluable": the word for people. */
const char *outcome_word(enum outcome o);
void page_red(const struct page *p);
void page_bold(const struct page *p);
void page_plain(const struct page *p);

/* What is wrong with a node, in a few words: "CRC-32 does not agree". NULL when nothing is. */
const char *fault_words(const struct node *n, char *line, size_t size);

/* A word for a shell: quoted where it must be, never a control character. */
void shell_word(struct text *t, struct span raw);

/* How to take a node's content out of the image, or the range of it, without evenhand; each line
 * begins with `indent` blanks. */
void recipe_write(const struct page *p, const struct node *n, uint64_t offset, uint64_t length,
		  unsigned indent);

#endif

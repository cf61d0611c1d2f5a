/* format.h - what a format is: probe, list, load. One file and one line in list.h each; tree/ runs
 * them. All functions are reentrant; none keeps state outside what it is given. */
#ifndef EVENHAND_FORMAT_FORMAT_H
#define EVENHAND_FORMAT_FORMAT_H

#include "base/arena.h"
#include "base/fault.h"
#include "base/sink.h"
#include "base/text.h"

enum domain {
	DOMAIN_GENERIC,
	DOMAIN_BROADBAND,
	DOMAIN_TELECOM,
	DOMAIN_IT,
	DOMAIN_CLOUD,
	DOMAIN_DEVICE
};

enum proof {
	PROOF_PLAUSIBLE, /* header fields make sense, nothing more */
	PROOF_STRUCTURE, /* several structures agree with each other */
	PROOF_CHECKSUM,  /* a checksum or a full decode agrees */
};

/* What a probe found at the start of its span. */
struct found {
	uint64_t len; /* exact length; see open_end */
	enum proof proof;
	bool open_end;  /* the end is known only by decoding: len is an upper bound; list() gives
			   listing.len */
	char label[64]; /* "4.0 gzip", "header v1": version and variant, printable ASCII */
};

enum kind {
	KIND_REGION,
	KIND_FILE,
	KIND_DIRECTORY,
	KIND_SYMLINK,
	KIND_HARDLINK,
	KIND_CHAR_DEVICE,
	KIND_BLOCK_DEVICE,
	KIND_FIFO,
	KIND_SOCKET,
};

struct xattr {
	struct span name; /* with its prefix: "security.capability" */
	struct span value;
};

#define NO_ENTRY UINT32_MAX

/* One entry of a container, or one region. Spans point into the input or the listing's arena. */
struct entry {
	enum kind kind;
	/* A file system: one component of the name, parent by index. An archive: the whole path as
	 * stored (leading "./" and "/" are dropped by listing_add), parent NO_ENTRY. The root
	 * directory has the empty name. */
	struct span name;
	uint32_t parent;
	uint32_t mode; /* permission bits 07777 */
	uint32_t uid, gid;
	bool has_owner, has_mode, has_mtime;
	int64_t mtime;
	uint32_t mtime_ns;
	uint64_t size;      /* plain bytes, as the metadata say */
	struct span target; /* symbolic link: its text */
	uint32_t first; /* hard link: index of the entry that holds the content; else NO_ENTRY */
	uint32_t major, minor;
	const struct xattr *xattrs;
	uint32_t xattr_count;
	/* Content that stands unchanged in the container's bytes: no load is needed. A region
	 * always is. */
	bool stored;
	uint64_t offset, length;
	uint64_t order;  /* loads with near values share blocks; tree/ loads in this order */
	uint64_t key[4]; /* the format's own: where load() finds the content */
	bool encrypted;  /* cannot be loaded, by its own header */
	/* A region in which bytes that no format claims are the container's own: the code around a
	 * kernel's payload. They count as understood. */
	bool owned;
	struct fault fault; /* of this entry alone */
};

/* How a signature is checked. */
enum signing {
	SIGNING_RSA, /* PKCS #1 1.5 over a digest */
	SIGNING_RSA_PSS,
	SIGNING_ECDSA,        /* r and s side by side, or in DER */
	SIGNING_ED25519,      /* over the bytes themselves; with a digest, over that */
	SIGNING_CMS,          /* the value is a whole SignedData (RFC 5652) */
	SIGNING_OPENPGP,      /* told, not checked */
	SIGNING_AUTHENTICODE, /* the value is a SignedData over the digest of what is covered */
	SIGNING_QUALCOMM,     /* by whom the first certificate names, as its key has it */
	SIGNING_EC_KCDSA,     /* told, not checked */
	SIGNING_OTHER,        /* a scheme of the vendor; told, not checked */
};

struct byte_range {
	uint64_t offset, length;
};

/* A signature that a container carries. Spans point into the container's bytes or the arena, ranges
 * count from the container's start and are disjoint. */
struct signature {
	enum signing by;
	const char
		*digest; /* "sha256": OpenSSL's name; NULL where the kind or the value fixes it */
	uint32_t bits;   /* of the key; 0: not said */
	struct span value;
	uint64_t offset, length;  /* where it stands */
	struct span key;          /* what the container calls its key; may be empty */
	struct span certificates; /* DER, one behind the other, that of who signed first */
	bool told_only;           /* what exactly is signed is not known: no key is tried */
	bool before; /* everything before the container in the same parent is signed, first */
	const struct byte_range *covers; /* what is signed of the container, in this order */
	uint32_t cover_count;
	uint8_t blank; /* bit i: zeros were signed instead of what stands in covers[i] */
	const struct byte_range *bound; /* covered through digests that are signed, and hold */
	uint32_t bound_count;
	bool bound_before; /* so is everything before the container in the same parent */
};

#define MOST_BLANK      8    /* ranges that may be blank: the first of a signature */
#define MOST_SIGNATURES 64   /* of one container */
#define MOST_COVERS     1024 /* extents of one signature */

enum listing_kind {
	LISTING_ENTRIES, /* names with content: file systems and archives */
	LISTING_REGIONS, /* parts of the container's own bytes */
	LISTING_STREAM,  /* one plain content, by load(l, NULL, out) */
};

/* What a stretch of a container's own bytes is: what is neither content of an entry nor a region.
 * Where two containers hold the same, this tells what a difference in them means. */
enum own {
	OWN_STRUCTURE,  /* says nothing that the nodes do not say: lengths, places, tables, names */
	OWN_CHECKSUM,   /* over other bytes; list() or probe() has found that it holds */
	OWN_TIME,       /* seconds since 1970 in own_stretch.time; 0: not set */
	OWN_IDENTIFIER, /* UUID, seed of hashes, serial number of the file system */
	OWN_PACKING,    /* codec, its parameters, block sizes */
	OWN_SIGNATURE,  /* in a form that was parsed */
	OWN_CERTIFICATE,
	OWN_FILL,    /* one repeated byte is expected: behind tables, in free blocks, behind the
			end of a content in its last block */
	OWN_COUNTER, /* mounts, erasures, generations: what using it changes */
	OWN_DATA,    /* means something else: flags, load addresses, names, versions */
};

struct own_stretch {
	uint64_t offset, length; /* in the container */
	enum own own;
	const char *name; /* "mkfs time" */
	int64_t time;
	uint8_t told; /* bits of the first byte that say what another stretch tells */
};

/* Growing; stretches may come in any order and must not overlap. */
struct own_list {
	struct arena *arena;
	struct own_stretch *p;
	size_t n, room;
	bool full; /* more than MOST_OWN, or no memory: what is not listed is not known */
};

#define MOST_OWN       (1u << 20)
#define MOST_TOLD_BITS 64 /* bytes of a stretch of which bits may be told elsewhere */

void own_add(struct own_list *o, uint64_t offset, uint64_t length, enum own own, const char *name);
void own_time(struct own_list *o, uint64_t offset, uint64_t length, const char *name, int64_t time);

/* Where a content stands in the container's bytes, and everything else that decides what it unpacks
 * to: two contents whose parameters and bytes are equal are equal. */
struct storage {
	struct arena *arena;
	struct span *spans; /* of listing.in, in order */
	uint32_t count, room;
	struct text *parameters; /* appended by the format: exact, no digest */
};

void storage_add(struct storage *s, struct span bytes);

/* What list() fills. Everything it allocates lies in `arena`, freed with the container. */
struct listing {
	struct span in; /* the region, [0, found.len) of the probe; more when open_end */
	struct span
		beyond;     /* in and what follows it in the same parent: padding to a block that a
			       reader may touch, data behind a truncated end. Starts where in does. */
	struct span before; /* what stands before it in the same parent */
	struct arena *arena;
	enum listing_kind kind;
	struct signature *signatures;
	uint32_t signature_count;
	struct entry *entries;
	uint32_t count, room;
	uint32_t most; /* entries allowed */
	/* A stream: where load() puts its exact compressed length (the caller owns it; it holds
	 * found.len before). NULL for others. */
	uint64_t *len;
	char label[64];     /* may refine found.label */
	void *state;        /* the format's own; read-only once list() returned */
	struct fault fault; /* first fault met while listing; listing goes on where it can */
};

/* Appends an entry (copied; spans are not) and gives its index; NO_ENTRY when `most` or the arena
 * is used up (listing.fault is then FAULT_LIMIT). For archives the name is cleaned: leading "/",
 * "./" dropped, "." and empty components removed; a ".." component stays as it is. */
uint32_t listing_add(struct listing *l, const struct entry *e);

/* Makes room for n entries at once, where a format can tell how many it will add: growing copies.
 * Only for numbers that the container's own bytes bear out. */
void listing_expect(struct listing *l, uint64_t n);

/* An entry with every "none" value set: kind file, no parent, no first. */
struct entry entry_new(enum kind kind, struct span name);

/* What the upper four bits of a mode say (POSIX sys/stat.h, S_IFMT); a file where they say nothing.
 */
enum kind kind_of_mode(uint32_t mode);

/* A device number in the kernel's new order (include/linux/kdev_t.h, new_decode_dev). */
void entry_device(struct entry *e, uint32_t number);

/* The names by which a directory lists itself and the one above it. */
bool is_dot(struct span name);

/* Remembers the first fault of an entry that was added. */
void listing_entry_fault(struct listing *l, uint32_t index, struct fault f);

/* Cleans the name of an archive's entry as listing_add does. */
void listing_clean(struct arena *a, struct entry *e);

/* A part of the container's own bytes, with the name its table gives it (may be empty). */
void listing_region(struct listing *l, uint64_t from, uint64_t len, struct span name);

/* The same, and what no format claims in it is the container's own. */
void listing_owned(struct listing *l, uint64_t from, uint64_t len, struct span name);

/* Appends a signature; copies its lists of ranges. One that leaves the container makes it a fault:
 * a signature over bytes that are not there. */
void listing_signature(struct listing *l, const struct signature *s);

/* Remembers the first fault only. */
void listing_fault(struct listing *l, struct fault f);

#define FORMAT_MAGICS 24
#define MAGIC_ANYWHERE                                                                             \
	(-1) /* the object starts where its space starts, the magic stands anywhere */

struct magic {
	int64_t at; /* offset of the bytes in the object; MAGIC_ANYWHERE */
	uint8_t len;
	char bytes[24];
};

/* Strength: fewer than 4 bytes are never searched, only probed at structural places: the start of
 * an image, file, stream or listed region, and behind a known region. */
enum where { WHERE_SEARCHED, WHERE_ANCHORED };

enum shape {
	SHAPE_CONTAINER, /* list() gives entries or regions */
	SHAPE_STREAM,    /* list() sets LISTING_STREAM; load(l, NULL, out) gives the plain bytes */
	SHAPE_LEAF,      /* identified, nothing inside */
};

/* Gives contents one after the other, for libraries that read archives only in sequence. `give` is
 * called once an entry with its content (empty for directories and links); false from it ends the
 * walk without a fault. The entry's spans need live only during the call. */
struct walker {
	void *ctx;
	bool (*give)(void *ctx, const struct entry *e, struct sink *content);
	struct sink *sink; /* to be filled and handed over; reset by the format for each entry */
	uint64_t limit;    /* plain bytes a content may have */
};

struct format {
	const char *name; /* as in locators: lower case, no blanks */
	const char *says; /* one line for `evenhand formats` */
	enum domain domain;
	const char *spec; /* reference: specification, section */
	enum where where;
	enum shape shape;
	bool identified_only;              /* list() says that the contents are not opened */
	struct magic magic[FORMAT_MAGICS]; /* ends at len 0 */
	/* in: from the candidate's start to the end of its space. Reads at most 64 KiB (table at
	 * the end of the object included), allocates nothing. Returns fine and fills f, or why not.
	 */
	struct fault (*probe)(struct span in, struct found *f);
	struct fault (*list)(struct listing *l);
	/* One content into the sink; e is NULL for a stream. Reentrant: called by many threads. */
	struct fault (*load)(const struct listing *l, const struct entry *e, struct sink *out);
	/* Instead of list and load. */
	struct fault (*walk)(const struct listing *l, struct walker *w);
	/* All of the container's own bytes, after list(): for compare. Everything that neither it
	 * nor an entry's content, nor a listed region names is unknown. NULL: all of it is unknown.
	 * In containers of regions only what stands before the first region counts. */
	void (*own)(const struct listing *l, struct own_list *out);
	/* Where one content stands; false: that cannot be said of this one. May be NULL. */
	bool (*stored)(const struct listing *l, const struct entry *e, struct storage *out);
};

/* All formats, in the order of list.h. */
extern const struct format *const formats[];
extern const size_t format_count;

/* The format of that name, or NULL. */
const struct format *format_named(const char *name);

const char *domain_name(enum domain d);
const char *kind_name(enum kind k);

#endif

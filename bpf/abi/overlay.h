/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Not events: what the programs tell the reader about overlays. Together with fanotify it makes the
 * overlay.* events of them. They begin like events and are told by a type that no event has.
 */
#ifndef VITRINE_ABI_OVERLAY_H
#define VITRINE_ABI_OVERLAY_H

#include "control.h"

/* Kinds of watched calls, as they stand in calls.inc. */
#define VITRINE_IS_OVERLAY_CALL(call) ((call) >= VITRINE_CALL_open && (call) <= VITRINE_CALL_utimensat)
#define VITRINE_IS_OPEN(call) ((call) >= VITRINE_CALL_open && (call) <= VITRINE_CALL_creat)
#define VITRINE_IS_RENAME(call) ((call) >= VITRINE_CALL_rename && (call) <= VITRINE_CALL_renameat2)
#define VITRINE_IS_REMOVAL(call) ((call) >= VITRINE_CALL_unlink && (call) <= VITRINE_CALL_rmdir)
#define VITRINE_IS_CREATION(call) ((call) >= VITRINE_CALL_mkdir && (call) <= VITRINE_CALL_bind)
#define VITRINE_IS_LINK(call) ((call) == VITRINE_CALL_link || (call) == VITRINE_CALL_linkat)

enum vitrine_notice {
	VITRINE_NOTICE_OVERLAY_LAYER = 0x8000,
	VITRINE_NOTICE_OVERLAY_MOUNT,
	VITRINE_NOTICE_OVERLAY_CALL,
};

/* Where a layer lies: names that hold whoever mounted it and from where. */
struct ev_overlay_layer {
	struct ev_header header;
	__u32 overlay;
	__u32 index;  /* 0: the upper directory; then the lower ones, topmost first */
	__u64 inode;  /* of the directory; 0: there is no such layer */
	__u32 device; /* of its file system, the kernel's own dev_t; of btrfs not that of stat(2) */
	__u32 reserved;
	struct ev_string path; /* in its file system */
} __attribute__((aligned(8)));

/*
 * An overlay that was met for the first time, or that is used for the first time. The notices of its
 * layers came just before.
 */
struct ev_overlay_mount {
	struct ev_header header; /* who mounted it, or who was first seen there */
	__u32 overlay;           /* number of the overlay in this trace, never used again */
	__u32 used;              /* 0: only the reader has seen it */
	__u32 mounted;           /* 0: it was there before */
	__u32 reserved;
	struct ev_string lower; /* as vitrine_overlay_layout says: a list, or one string with colons */
	struct ev_string upper;
	struct ev_string work;
} __attribute__((aligned(8)));

enum vitrine_overlay_sighting {
	VITRINE_SIGHTING_INODE,    /* an inode that is new in the upper directory */
	VITRINE_SIGHTING_WHITEOUT, /* a name that is new to the overlay's whiteout */
	VITRINE_SIGHTING_COPY_UP,  /* security_inode_copy_up() was called; it may still have failed */
};

#define VITRINE_LAYER_UNKNOWN (-1) /* 0: no lower layer has the file */

/* One thing that a call did, followed by `length` bytes: its path from the overlay's root on. */
struct ev_overlay_sighting {
	__u64 inode; /* of the upper file system; of a copy-up 0 */
	__s64 size;
	__u32 mode;
	__u32 rdev;
	__s32 layer; /* index of the lower layer that has the file, or VITRINE_LAYER_UNKNOWN */
	__u32 overlay;
	__u16 what;   /* enum vitrine_overlay_sighting */
	__u16 length; /* 0: the inode has no name in the cache */
	__u32 reserved;
};

/* The end of a call that may have changed an overlay; header.time_ns is that of its ev_begin. */
struct ev_overlay_call {
	struct ev_header header;
	__u64 opened_inode; /* open*: the file's inode in the upper file system; 0: it is not there */
	__s32 opened_layer; /* and the lower layer it comes from, as in a sighting */
	__u32 call;         /* enum vitrine_call; 0: none of those that are watched */
	__u32 flags;        /* of open*: O_*; of renameat2: RENAME_* */
	__u32 incomplete;   /* there was more to see than fits */
	__u32 overlay;      /* rename*, link* that worked: where paths start; 0: not known */
	struct ev_string sightings;      /* struct ev_overlay_sighting with their paths, not aligned */
	struct ev_string from;           /* rename*, link*: as the caller gave it */
	struct ev_string from_directory; /* where it starts, from the overlay's root on */
	struct ev_string to;
	struct ev_string to_directory;
} __attribute__((aligned(8)));

#endif

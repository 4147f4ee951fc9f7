/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What is new in upper layers. A file that overlay copies up becomes a new inode of the upper file system,
 * and one that it hides a new name of the overlay's whiteout. The kernel keeps both newest first, so what
 * a call did is what stands before the places remembered at its entry: whatever path it was given, and
 * though it gives no descriptor back.
 */
#ifndef VITRINE_UPPER_LAYER_BPF_H
#define VITRINE_UPPER_LAYER_BPF_H

#include "overlay.bpf.h"

#define NEW_INODES 128  /* of one call that are looked at */
#define NEW_WHITEOUTS 16
#define INODE_NAMES 4   /* of one inode: hard links */

#define S_IFMT 0170000
#define S_IFCHR 0020000

/* ---- what is remembered at entry ----------------------------------------------------------- */

static __always_inline u64 newest_inode(u64 super)
{
	return (u64)BPF_CORE_READ((struct super_block *)super, s_inodes.next);
}

static __always_inline struct inode *whiteout_of(u64 super)
{
	void *overlay = BPF_CORE_READ((struct super_block *)super, s_fs_info);
	struct dentry *whiteout = (void *)overlay_pointer(overlay, settings.overlay.whiteout);

	return whiteout ? BPF_CORE_READ(whiteout, d_inode) : NULL;
}

static __always_inline u64 newest_whiteout(u64 super)
{
	struct inode *whiteout = whiteout_of(super);

	return whiteout ? (u64)BPF_CORE_READ(whiteout, i_dentry.first) : 0;
}

/* Unmounted meanwhile, the super block may be anything. */
static __always_inline bool is_still_there(struct overlay *overlay)
{
	struct super_block *super = (void *)overlay->super;

	return is_overlay(super) && BPF_CORE_READ(super, s_dev) == overlay->device;
}

__weak __noinline int mark_overlay(struct call *call, u32 id)
{
	struct overlay *overlay = overlay_of_id(id);

	if (!call || !id || !overlay || !overlay->upper_root || !is_still_there(overlay))
		return 0;
	u32 count = call->marks; /* in memory: the verifier need not follow it through the loop */
	if (count >= OVERLAY_MARKS)
		return 0;
	struct overlay_mark *mark = &call->overlay_marks[count];
	mark->id = id;
	u64 inode = newest_inode(overlay->upper_super);
	u64 whiteout = newest_whiteout(overlay->super);
	for (int i = 0; i < MARK_DEPTH; i++) {
		mark->inodes[i] = inode;
		mark->whiteouts[i] = whiteout;
		inode = (u64)BPF_CORE_READ((struct list_head *)inode, next);
		whiteout = whiteout ? (u64)BPF_CORE_READ((struct hlist_node *)whiteout, next) : 0;
	}
	call->marks = count + 1;
	return 0;
}

static __always_inline bool is_marked(const u64 *marks, u64 address)
{
	return address == marks[0] || address == marks[1] || address == marks[2];
}

/* Those that were met last; first that of the caller's root, which may be older. */
static __always_inline void mark_overlays(struct call *call, u32 own)
{
	u32 newest = newest_overlay;

	call->marks = 0;
	mark_overlay(call, own);
	for (u32 i = 0; i < OVERLAYS && i < newest; i++)
		if (newest - i != own)
			mark_overlay(call, newest - i);
}

/* ---- what is new at exit ------------------------------------------------------------------- */

/* Appends a sighting with the path that is in the CPU's buffer. */
static __always_inline void add_sighting(struct call *call, struct ev_overlay_sighting *sighting)
{
	struct path_buffer *buffer = cpu_path_buffer();
	struct ev_overlay_call *e = (void *)call->record;
	u32 used = call->used;

	if (!buffer || used >= RECORD_LIMIT) {
		e->incomplete = 1;
		return;
	}
	u32 at = buffer->at;
	u32 length = PATH_START - at;
	if (at > PATH_START || length >= STRING_MAX)
		length = 0;
	sighting->length = length;
	bpf_probe_read_kernel(&call->record[used], sizeof(*sighting), sighting);
	used += sizeof(*sighting);
	if (used >= RECORD_LIMIT) {
		e->incomplete = 1;
		return;
	}
	bpf_probe_read_kernel(&call->record[used], length, &buffer->bytes[at & (2 * STRING_MAX - 1)]);
	call->used = used + length;
}

static __always_inline void describe_inode(struct ev_overlay_sighting *sighting, struct inode *inode)
{
	sighting->inode = BPF_CORE_READ(inode, i_ino);
	sighting->size = BPF_CORE_READ(inode, i_size);
	sighting->mode = BPF_CORE_READ(inode, i_mode);
	sighting->rdev = BPF_CORE_READ(inode, i_rdev);
}

static __always_inline struct dentry *dentry_of_name(struct hlist_node *name)
{
	return (void *)name - bpf_core_field_offset(struct dentry, d_u.d_alias);
}

/* A new inode of the upper file system: each name that it has in the upper directory. */
__weak __noinline int add_inode(struct call *call, u32 id, u64 address)
{
	struct overlay *overlay = overlay_of_id(id);
	struct inode *inode = (void *)address;
	struct ev_overlay_sighting sighting = {.what = VITRINE_SIGHTING_INODE,
					       .layer = VITRINE_LAYER_UNKNOWN,
					       .overlay = id};
	struct hlist_node *name = BPF_CORE_READ(inode, i_dentry.first);

	if (!call || !overlay)
		return 0;
	describe_inode(&sighting, inode);
	if (!name) {
		/* ext4 and xfs make the whiteout that a rename leaves behind without one. */
		struct path_buffer *buffer = cpu_path_buffer();
		if (!buffer || !VITRINE_IS_RENAME(call->id) || (sighting.mode & S_IFMT) != S_IFCHR || sighting.rdev)
			return 0;
		buffer->at = PATH_START;
		add_sighting(call, &sighting);
		return 0;
	}
	for (int i = 0; i < INODE_NAMES && name; i++) {
		if (path_below((u64)dentry_of_name(name), overlay->upper_root))
			add_sighting(call, &sighting);
		name = BPF_CORE_READ(name, next);
	}
	return 0;
}

static __always_inline struct overlay_mark *mark_at(struct call *call, u32 index)
{
	return index < OVERLAY_MARKS ? &call->overlay_marks[index] : NULL;
}

__weak __noinline int add_inodes(struct call *call, u32 index)
{
	struct overlay_mark *mark = call ? mark_at(call, index) : NULL;
	struct overlay *overlay = mark ? overlay_of_id(mark->id) : NULL;

	if (!call || !overlay)
		return 0;
	u64 super = overlay->upper_super;
	u64 head = super + bpf_core_field_offset(struct super_block, s_inodes);
	u64 link = newest_inode(super);
	for (int i = 0; i < NEW_INODES; i++) {
		if (!link || is_marked(mark->inodes, link) || link == head)
			return 0;
		struct inode *inode = (void *)link - bpf_core_field_offset(struct inode, i_sb_list);
		if ((u64)BPF_CORE_READ(inode, i_sb) != super)
			return 0; /* freed under our feet */
		add_inode(call, mark->id, (u64)inode);
		link = (u64)BPF_CORE_READ(inode, i_sb_list.next);
	}
	((struct ev_overlay_call *)call->record)->incomplete = 1;
	return 0;
}

__weak __noinline int add_whiteouts(struct call *call, u32 index)
{
	struct overlay_mark *mark = call ? mark_at(call, index) : NULL;
	struct overlay *overlay = mark ? overlay_of_id(mark->id) : NULL;
	struct ev_overlay_sighting sighting = {.what = VITRINE_SIGHTING_WHITEOUT,
					       .layer = VITRINE_LAYER_UNKNOWN};

	if (!call || !overlay)
		return 0;
	sighting.overlay = mark->id;
	struct inode *whiteout = whiteout_of(overlay->super);
	if (!whiteout)
		return 0;
	describe_inode(&sighting, whiteout);
	struct hlist_node *name = BPF_CORE_READ(whiteout, i_dentry.first);
	for (int i = 0; i < NEW_WHITEOUTS; i++) {
		if (!name || is_marked(mark->whiteouts, (u64)name))
			return 0;
		if (path_below((u64)dentry_of_name(name), overlay->upper_root))
			add_sighting(call, &sighting);
		name = BPF_CORE_READ(name, next);
	}
	((struct ev_overlay_call *)call->record)->incomplete = 1;
	return 0;
}

#endif

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The overlays that were met in this trace, and what the kernel holds of them. */
#ifndef VITRINE_OVERLAY_BPF_H
#define VITRINE_OVERLAY_BPF_H

#include "path.bpf.h"

#include "abi/overlay.h"

#define OVERLAYFS_SUPER_MAGIC 0x794c7630 /* include/uapi/linux/magic.h */
#define OVERLAY_LAYERS_MAX 128
#define OVERLAYS 64 /* kept at one time, a power of two; the oldest gives way */

/* Kernel addresses are compared and read through, never trusted: they may be gone. */
struct overlay {
	u64 super;
	u64 upper_root;  /* dentry of the upper directory; 0: the overlay is read-only */
	u64 upper_super;
	u32 id; /* from 1; 0: this place is free */
	u32 device;
	u32 used; /* by somebody who is followed */
	u32 pad;
};

/* How an overlay is met. */
enum {
	OVERLAY_SEEN, /* by the reader alone */
	OVERLAY_USED, /* by somebody who is followed */
	OVERLAY_MOUNTED,
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, OVERLAYS);
	__type(key, u32);
	__type(value, struct overlay);
} overlays SEC(".maps") __weak;

/* From a super block to the id of its overlay. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4 * OVERLAYS);
	__type(key, u64);
	__type(value, u32);
} overlay_ids SEC(".maps") __weak;

/* The id that was given last. */
unsigned int newest_overlay __weak = 0;

static __always_inline struct overlay *overlay_of_id(u32 id)
{
	u32 index = id & (OVERLAYS - 1);
	struct overlay *overlay = bpf_map_lookup_elem(&overlays, &index);

	return overlay && overlay->id == id ? overlay : NULL;
}

/* Whether anybody wants to know what happens to them. */
static __always_inline bool overlays_wanted(void)
{
	return wanted(VITRINE_EVENT_overlay_copy_up) || wanted(VITRINE_EVENT_overlay_whiteout) ||
	       wanted(VITRINE_EVENT_overlay_opaque) || wanted(VITRINE_EVENT_overlay_rename) ||
	       wanted(VITRINE_EVENT_overlay_layer_check);
}

static __always_inline bool is_overlay(struct super_block *super)
{
	return super && BPF_CORE_READ(super, s_magic) == OVERLAYFS_SUPER_MAGIC;
}

static __always_inline u64 overlay_pointer(void *overlay, u32 offset)
{
	u64 pointer = 0;

	if (offset != VITRINE_OFFSET_UNKNOWN)
		bpf_probe_read_kernel(&pointer, sizeof(pointer), overlay + offset);
	return pointer;
}

static __always_inline u32 overlay_number(void *overlay, u32 offset)
{
	u32 number = 0;

	if (offset != VITRINE_OFFSET_UNKNOWN)
		bpf_probe_read_kernel(&number, sizeof(number), overlay + offset);
	return number;
}

/* The directory of a layer, or null: layer 0 is the upper directory, whether there is one or not. */
static __always_inline struct dentry *layer_root(void *overlay, u32 index)
{
	u64 layers = overlay_pointer(overlay, settings.overlay.layers);
	u64 layer = layers + (u64)index * settings.overlay.layer_size;
	struct vfsmount *mount = (void *)overlay_pointer((void *)layer, settings.overlay.layer_mnt);

	return layers && mount ? BPF_CORE_READ(mount, mnt_root) : NULL;
}

/* The lower directories, topmost first, each ended by a NUL. */
__weak __noinline int overlay_lowers(struct call *call, u32 field, u64 super)
{
	void *overlay = BPF_CORE_READ((struct super_block *)super, s_fs_info);

	if (!call)
		return 0;
	u64 names = overlay_pointer(overlay, settings.overlay.lowerdirs);
	if (!names) {
		kernel_string(call, field, overlay_pointer(overlay, settings.overlay.lowerdir));
		return 0;
	}
	u32 layers = overlay_number(overlay, settings.overlay.numlayer);
	struct ev_string *string = string_at(call, field);
	if (!tail_of(call, string))
		return 0;
	for (u32 i = 1; i < OVERLAY_LAYERS_MAX && i < layers; i++) {
		u64 name = 0;
		u32 used = call->used;
		bpf_probe_read_kernel(&name, sizeof(name), (void *)(names + i * sizeof(name)));
		if (used >= RECORD_LIMIT) {
			string->state = VITRINE_STRING_TRUNCATED;
			break;
		}
		long count = bpf_probe_read_kernel_str(&call->record[used], STRING_MAX, (void *)name);
		if (count < 1)
			continue;
		took(call, string, string->length + count);
		call->used = used + count;
	}
	if (layers > OVERLAY_LAYERS_MAX)
		string->state = VITRINE_STRING_TRUNCATED;
	return 0;
}

/*
 * Puts the path of `leaf` below `top` into the CPU's path buffer, "/" for `top` itself; with no `top` the
 * path in its file system. Returns 0 when `leaf` is not below.
 */
__weak __noinline int path_below(u64 leaf, u64 top)
{
	struct path_buffer *buffer = cpu_path_buffer();
	struct dentry *dentry = (void *)leaf;

	if (!buffer)
		return 0;
	buffer->at = PATH_START;
	buffer->end = PATH_TOO_DEEP;
	for (int i = 0; i < PATH_DEPTH; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);

		if ((u64)dentry == top || (!top && dentry == parent)) {
			buffer->end = PATH_AT_TOP;
			break;
		}
		if (!parent || dentry == parent)
			return 0;
		if (!put_name(buffer, BPF_CORE_READ(dentry, d_name.name),
			      BPF_CORE_READ(dentry, d_name.len)))
			break;
		dentry = parent;
	}
	if (buffer->end == PATH_AT_TOP && buffer->at == PATH_START)
		put_name(buffer, NULL, 0);
	return buffer->end == PATH_AT_TOP;
}

static __always_inline void path_below_into(struct call *call, u32 field, struct dentry *leaf,
					    struct dentry *top)
{
	struct path_buffer *buffer = cpu_path_buffer();

	if (buffer && path_below((u64)leaf, (u64)top))
		take_path(call, field, buffer);
	else
		absent_string(call, field);
}

/*
 * Sends what is no event: it is not counted, but for its loss. A new overlay wakes the reader, so that
 * it can watch the upper directory before anything happens there.
 */
static __always_inline void send_notice(struct call *call, u32 type, u64 time_ns)
{
	struct ev_header *header = (void *)call->record;
	struct vitrine_counters *counted = cpu_counters();
	u32 size = call->used;

	describe_caller(header, type, time_ns);
	if (size > sizeof(call->record))
		size = sizeof(call->record);
	header->size = size;
	u64 wake = type == VITRINE_NOTICE_OVERLAY_MOUNT ? BPF_RB_FORCE_WAKEUP : wakeup();
	if (bpf_ringbuf_output(&ring, call->record, size, wake) && counted)
		add_one(&counted->lost[VITRINE_EVENT_overlay_copy_up]);
}

/* The end of a call that is told by a notice. */
static __always_inline void end_notice_call(struct call *call, u32 type)
{
	struct ev_header *header = (void *)call->record;
	struct vitrine_follow *mark = current_mark();

	header->duration_ns = bpf_ktime_get_boot_ns() - call->entry_ns;
	header->result = call->result;
	send_notice(call, type, call->entry_ns);
	release_slot(call);
	if (mark)
		mark->slot = 0;
}

__weak __noinline int tell_layer(struct call *call, u32 id, u64 overlay, u32 index)
{
	struct dentry *directory = layer_root((void *)overlay, index);

	if (!call)
		return 0;
	struct ev_overlay_layer *e = start_record(call, 0, sizeof(*e));
	e->overlay = id;
	e->index = index;
	absent_string(call, FIELD(overlay_layer, path));
	if (directory) {
		e->inode = BPF_CORE_READ(directory, d_inode, i_ino);
		e->device = BPF_CORE_READ(directory, d_sb, s_dev);
		path_below_into(call, FIELD(overlay_layer, path), directory, NULL);
	}
	send_notice(call, VITRINE_NOTICE_OVERLAY_LAYER, bpf_ktime_get_boot_ns());
	return 0;
}

__weak __noinline int tell_overlay(u32 id, u64 super, u32 how)
{
	void *overlay = BPF_CORE_READ((struct super_block *)super, s_fs_info);
	u32 layers = overlay_number(overlay, settings.overlay.numlayer);
	struct call *call = begin_notice();

	if (!call)
		return 0;
	for (u32 i = 0; i < OVERLAY_LAYERS_MAX && i < layers; i++)
		tell_layer(call, id, (u64)overlay, i);
	struct ev_overlay_mount *e = start_record(call, 0, sizeof(*e));
	e->overlay = id;
	e->used = how != OVERLAY_SEEN;
	e->mounted = how == OVERLAY_MOUNTED;
	overlay_lowers(call, FIELD(overlay_mount, lower), super);
	kernel_string(call, FIELD(overlay_mount, upper),
		      overlay_pointer(overlay, settings.overlay.upperdir));
	kernel_string(call, FIELD(overlay_mount, work),
		      overlay_pointer(overlay, settings.overlay.workdir));
	send_notice(call, VITRINE_NOTICE_OVERLAY_MOUNT, bpf_ktime_get_boot_ns());
	release_slot(call);
	return 0;
}

/*
 * The id of an overlay's super block; a new one is told to the reader, and again when it is first used. A
 * super block's memory and device number are used again, so the upper directory has to be the same, too.
 */
__weak __noinline u32 overlay_id(u64 address, u32 how)
{
	struct super_block *super = (void *)address;
	u32 *known = bpf_map_lookup_elem(&overlay_ids, &address);
	struct overlay now = {.super = address,
			      .device = BPF_CORE_READ(super, s_dev),
			      .used = how != OVERLAY_SEEN};
	struct dentry *root = layer_root(BPF_CORE_READ(super, s_fs_info), 0);

	if (root) {
		now.upper_root = (u64)root;
		now.upper_super = (u64)BPF_CORE_READ(root, d_sb);
	}
	struct overlay *kept = known ? overlay_of_id(*known) : NULL;
	if (kept && kept->device == now.device && kept->upper_root == now.upper_root) {
		if (now.used && !__sync_lock_test_and_set(&kept->used, 1))
			tell_overlay(kept->id, address, how);
		return kept->id;
	}
	now.id = __sync_fetch_and_add(&newest_overlay, 1) + 1;
	u32 index = now.id & (OVERLAYS - 1);
	/* Two CPUs may meet it at once: the one that comes second leaves its place empty. */
	if (bpf_map_update_elem(&overlay_ids, &address, &now.id, known ? BPF_ANY : BPF_NOEXIST)) {
		known = bpf_map_lookup_elem(&overlay_ids, &address);
		return known ? *known : 0;
	}
	bpf_map_update_elem(&overlays, &index, &now, BPF_ANY);
	tell_overlay(now.id, address, how);
	return now.id;
}

#endif

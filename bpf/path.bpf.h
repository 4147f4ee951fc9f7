/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Paths as the kernel holds them: walked from the leaf to the root, put together backwards. */
#ifndef VITRINE_PATH_BPF_H
#define VITRINE_PATH_BPF_H

#include "strings.bpf.h"

#define PATH_DEPTH 48 /* names and mounts on the way; a deeper path is marked as truncated */
#define NAME_LIMIT 256
#define PATH_START STRING_MAX /* paths end here in the buffer and grow towards 0 */

static __always_inline struct path_buffer *cpu_path_buffer(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&path_buffers, &zero);
}

enum path_end {
	PATH_TOO_DEEP,  /* the beginning is missing */
	PATH_AT_ROOT,   /* of the caller */
	PATH_AT_TOP,    /* of a mount tree */
	PATH_ANONYMOUS, /* no file of a tree: "[fscontext]" */
};

/* Puts "/name" in front of the path; false when there is no room. */
static __always_inline bool put_name(struct path_buffer *buffer, const void *name, u32 length)
{
	u32 at = buffer->at;

	length &= NAME_LIMIT - 1;
	if (at > PATH_START || at < length + 1)
		return false;
	at = (at - length - 1) & (STRING_MAX - 1);
	barrier_var(at); /* or clang derives at + 1 anew, without the bound that the verifier needs */
	buffer->bytes[at] = '/';
	bpf_probe_read_kernel(&buffer->bytes[at + 1], length, name);
	buffer->at = at;
	return true;
}

/* Copies the finished path into the record. */
static __always_inline void take_path(struct call *call, u32 field, struct path_buffer *buffer)
{
	struct ev_string *string = string_at(call, field);
	u8 *tail = tail_of(call, string);
	u32 at = buffer->at;

	if (!tail || at > PATH_START)
		return;
	if (buffer->end == PATH_TOO_DEEP)
		string->state = VITRINE_STRING_TRUNCATED;
	u32 length = PATH_START - at;
	if (length >= STRING_MAX || bpf_probe_read_kernel(tail, length, &buffer->bytes[at]))
		return;
	took(call, string, length);
}

static __always_inline struct mount *mount_of(struct vfsmount *mount)
{
	return mount ? (void *)mount - bpf_core_field_offset(struct mount, mnt) : NULL;
}

/*
 * The path of `leaf` on `on` (a struct mount), as seen from the caller's root; with `whole` from the
 * root of its mount namespace. A path on a mount outside the caller's namespace, so also on a
 * detached mount, begins with "(unreachable)", the kernel's own word for it (fs/d_path.c).
 */
__weak __noinline int mount_path(struct call *call, u32 field, u64 on, u64 leaf, u32 whole)
{
	struct path_buffer *buffer = cpu_path_buffer();
	struct task_struct *task = current_task();
	struct mount *mount = (void *)on;
	struct dentry *dentry = (void *)leaf;

	if (!call || !buffer)
		return 0;
	buffer->root_dentry = whole ? 0 : (u64)BPF_CORE_READ(task, fs, root.dentry);
	buffer->root_mount = (u64)mount_of(BPF_CORE_READ(task, fs, root.mnt));
	buffer->at = PATH_START;
	buffer->end = PATH_TOO_DEEP;
	for (int i = 0; i < PATH_DEPTH; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);

		if ((u64)dentry == buffer->root_dentry && (u64)mount == buffer->root_mount) {
			buffer->end = PATH_AT_ROOT;
			break;
		}
		if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);
			if (above == mount) {
				buffer->end = PATH_AT_TOP;
				break;
			}
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = above;
			continue;
		}
		if (!put_name(buffer, BPF_CORE_READ(dentry, d_name.name),
			      BPF_CORE_READ(dentry, d_name.len)))
			break;
		if (dentry == parent) {
			buffer->at++; /* without the slash */
			buffer->end = PATH_ANONYMOUS;
			break;
		}
		dentry = parent;
	}
	u32 end = buffer->end;
	if (buffer->at == PATH_START && (end == PATH_AT_ROOT || end == PATH_AT_TOP))
		put_name(buffer, NULL, 0);
	if (end == PATH_AT_TOP && BPF_CORE_READ(mount, mnt_ns) != BPF_CORE_READ(task, nsproxy, mnt_ns)) {
		put_name(buffer, "(unreachable)", sizeof("(unreachable)") - 1);
		buffer->at++;
	}
	take_path(call, field, buffer);
	return 0;
}

/* The path of a cgroup in its hierarchy. */
__weak __noinline int kernfs_path(struct call *call, u32 field, u64 leaf)
{
	struct path_buffer *buffer = cpu_path_buffer();
	struct kernfs_node *node = (void *)leaf;

	if (!call || !buffer)
		return 0;
	buffer->at = PATH_START;
	buffer->end = PATH_TOO_DEEP;
	for (int i = 0; i < PATH_DEPTH; i++) {
		struct kernfs_node *parent = kernfs_parent(node);
		u8 *name = &buffer->bytes[PATH_START]; /* the half that holds no path */

		if (!parent) {
			buffer->end = PATH_AT_TOP;
			break;
		}
		long count = bpf_probe_read_kernel_str(name, NAME_LIMIT, BPF_CORE_READ(node, name));
		if (count < 1 || !put_name(buffer, name, count - 1))
			break;
		node = parent;
	}
	if (buffer->at == PATH_START && buffer->end == PATH_AT_TOP)
		put_name(buffer, NULL, 0);
	take_path(call, field, buffer);
	return 0;
}

static __always_inline void file_path(struct call *call, u32 field, struct file *file)
{
	if (!file) {
		absent_string(call, field);
		return;
	}
	mount_path(call, field, (u64)mount_of(BPF_CORE_READ(file, f_path.mnt)),
		   (u64)BPF_CORE_READ(file, f_path.dentry), 0);
}

/* The path of a descriptor; AT_FDCWD and closed ones have none. */
__weak __noinline int fd_path(struct call *call, u32 field, s32 fd)
{
	if (!call)
		return 0;
	file_path(call, field, file_of(fd));
	return 0;
}

/*
 * What "/proc/self/fd/N" in the string `source` means, into the string `field`: absent when it is no
 * such path. At entry, while N is surely open.
 */
__weak __noinline int fd_in_path(struct call *call, u32 field, u32 source)
{
	char text[32] = {};
	u32 digits = 0;
	s32 fd = 0;

	if (!call)
		return 0;
	absent_string(call, field);
	struct ev_string *string = string_at(call, source);
	u32 offset = string->offset;
	if (string->state & (VITRINE_STRING_ABSENT | VITRINE_STRING_UNREADABLE) ||
	    string->length >= sizeof(text) || offset >= RECORD_LIMIT)
		return 0;
	bpf_probe_read_kernel(text, string->length & 31, &call->record[offset]);
	if (same_bytes(text, "/proc/self/fd/", 14))
		digits = 14;
	else if (same_bytes(text, "/proc/thread-self/fd/", 21))
		digits = 21;
	else if (same_bytes(text, "/dev/fd/", 8))
		digits = 8;
	else
		return 0;
	for (int i = 0; i < 10; i++) {
		u32 at = digits + i;
		if (at >= sizeof(text) || !text[at])
			break;
		if (text[at] < '0' || text[at] > '9')
			return 0;
		fd = fd * 10 + (text[at] - '0');
	}
	file_path(call, field, file_of(fd));
	return 0;
}

#endif

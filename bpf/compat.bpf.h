/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Where kernels differ: one function for each difference, both layouts beside each other. */
#ifndef VITRINE_COMPAT_BPF_H
#define VITRINE_COMPAT_BPF_H

#include "kernel.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Before 6.8 a mount namespace kept its mounts in a list, newest last. */
struct mnt_namespace___list {
	struct list_head list;
};

/* 6.15 renamed kernfs_node.parent (633488947ef6, "kernfs: Use RCU to access kernfs_node::parent"). */
struct kernfs_node___parent {
	struct kernfs_node *parent;
};

struct kernfs_node___rcu_parent {
	struct kernfs_node *__parent;
};

/* 6.18 moved a namespace's type (a CLONE_NEW* flag) from its operations to itself. */
struct ns_common___typed {
	u32 ns_type;
};

struct proc_ns_operations___typed {
	int type;
};

/* 6.18 made the flags of an mm a bitmap. */
struct mm_flags___bitmap {
	unsigned long __mm_flags[1];
};

struct mm_struct___bitmap {
	struct mm_flags___bitmap flags;
};

/* 5.14 renamed it, for it became a plain number. */
struct task_struct___volatile_state {
	volatile long state;
};

/* 6.18 keeps all namespaces of a kind in a list, by an identity that is never used again. */
struct ns_common___listed {
	struct refcount_struct __ns_ref;
	u64 ns_id;
	struct list_head ns_list_node;
};

/* 6.19 put the links of each list and tree into one struct. */
struct ns_tree_node___entry {
	struct list_head ns_list_entry;
};

struct ns_common___tree_node {
	struct ns_tree_node___entry ns_tree_node;
};

#pragma clang attribute pop

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *node)
{
	struct kernfs_node___rcu_parent *newer = (void *)node;
	struct kernfs_node___parent *older = (void *)node;

	if (bpf_core_field_exists(newer->__parent))
		return BPF_CORE_READ(newer, __parent);
	return BPF_CORE_READ(older, parent);
}

static __always_inline u32 namespace_type(struct ns_common *ns)
{
	struct ns_common___typed *newer = (void *)ns;
	struct proc_ns_operations___typed *older = (void *)BPF_CORE_READ(ns, ops);

	if (bpf_core_field_exists(newer->ns_type))
		return BPF_CORE_READ(newer, ns_type);
	return BPF_CORE_READ(older, type);
}

static __always_inline u32 state_of(struct task_struct *task)
{
	struct task_struct___volatile_state *older = (void *)task;

	if (bpf_core_field_exists(task->__state))
		return BPF_CORE_READ(task, __state);
	return BPF_CORE_READ(older, state);
}

/* Where in a namespace its link in the list of all of its kind lies; 0: there is no such list. */
static __always_inline u32 namespace_link_offset(void)
{
	if (bpf_core_field_exists(struct ns_common___tree_node, ns_tree_node.ns_list_entry))
		return bpf_core_field_offset(struct ns_common___tree_node,
					     ns_tree_node.ns_list_entry);
	if (bpf_core_field_exists(struct ns_common___listed, ns_list_node))
		return bpf_core_field_offset(struct ns_common___listed, ns_list_node);
	return 0;
}

/* SUID_DUMP_* of prctl(2) PR_SET_DUMPABLE: the low two bits (include/linux/sched/coredump.h). */
static __always_inline u32 dumpable_of(struct mm_struct *mm)
{
	struct mm_struct___bitmap *bitmap = (void *)mm;
	unsigned long flags = 0;

	if (bpf_core_field_exists(bitmap->flags.__mm_flags))
		bpf_core_read(&flags, sizeof(flags), &bitmap->flags.__mm_flags);
	else
		flags = BPF_CORE_READ(mm, flags);
	return flags & 3;
}

/*
 * Finding the mount that a call made. newest_mount() at entry remembers where the namespace's mounts
 * end, mount_after() at exit takes the first one beyond: the one asked for, as copies that propagation
 * and recursion make are linked in later (fs/namespace.c, attach_recursive_mnt).
 */
#define MOUNT_TREE_DEPTH 40 /* a red-black tree of 2^20 mounts is at most this deep */

static __always_inline struct mount *mount_of_node(struct rb_node *node)
{
	return (void *)node - bpf_core_field_offset(struct mount, mnt_node);
}

static __always_inline u64 newest_mount(struct mnt_namespace *ns)
{
	struct mnt_namespace___list *list = (void *)ns;

	if (!bpf_core_field_exists(ns->mounts))
		return (u64)BPF_CORE_READ(list, list.prev);
	struct rb_node *node = BPF_CORE_READ(ns, mounts.rb_node);
	struct rb_node *last = NULL;
	for (int i = 0; i < MOUNT_TREE_DEPTH && node; i++) {
		last = node;
		node = BPF_CORE_READ(node, rb_right);
	}
	return last ? BPF_CORE_READ(mount_of_node(last), mnt_id_unique) : 0;
}

static __always_inline struct mount *mount_after(struct mnt_namespace *ns, u64 newest)
{
	if (!bpf_core_field_exists(ns->mounts)) {
		struct list_head *head =
			(void *)ns + bpf_core_field_offset(struct mnt_namespace___list, list);
		struct list_head *next = BPF_CORE_READ((struct list_head *)newest, next);
		if (!next || next == head)
			return NULL;
		struct mount *mount = (void *)next - bpf_core_field_offset(struct mount, mnt_list);
		/* The remembered end may have been unmounted meanwhile: then this leads elsewhere. */
		return BPF_CORE_READ(mount, mnt_ns) == ns ? mount : NULL;
	}
	struct rb_node *node = BPF_CORE_READ(ns, mounts.rb_node);
	struct mount *found = NULL;
	for (int i = 0; i < MOUNT_TREE_DEPTH && node; i++) {
		struct mount *mount = mount_of_node(node);
		if (BPF_CORE_READ(mount, mnt_id_unique) > newest) {
			found = mount;
			node = BPF_CORE_READ(node, rb_left);
		} else {
			node = BPF_CORE_READ(node, rb_right);
		}
	}
	return found;
}

#endif

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The cgroups of tasks, once for each set of them (struct css_set), which many tasks share. */
#ifndef VITRINE_CENSUS_CGROUPS_BPF_H
#define VITRINE_CENSUS_CGROUPS_BPF_H

#include "kernel.bpf.h"

#include "abi/census.h"
#include "reads.bpf.h"

#define CGROUP_STEPS 1024 /* names in one record: of all hierarchies */
#define CGROUP_STEPS_BOUNDED 160
#define NAME_SIZE 256 /* NAME_MAX with its NUL */
#define CGROUPS_FILL (VITRINE_CENSUS_CGROUPS_MAX - 1)
#define SEEN 1024 /* a power of two */
#define CSS_ONLINE 2 /* include/linux/cgroup-defs.h */

/* Of sets of cgroups that have a record: the last one of each hash. Cleared before each census. */
__u64 seen_sets[SEEN];

static struct {
	struct vitrine_census_cgroups head;
	u8 bytes[VITRINE_CENSUS_CGROUPS_MAX + NAME_SIZE];
	/* How far it has been read. */
	u32 used;
	struct list_head *first;
	struct list_head *link;
	struct kernfs_node *node;
} set;

static __always_inline struct cgroup *linked_cgroup(struct list_head *link)
{
	struct cgrp_cset_link *both =
		(void *)link - bpf_core_field_offset(struct cgrp_cset_link, cgrp_link);

	return BPF_CORE_READ(both, cgrp);
}

/* One name of one hierarchy; 1 ends it. */
static __noinline long read_cgroup_name(u32 index, void *unused)
{
	u32 used = set.used & CGROUPS_FILL;
	struct kernfs_node *node = set.node;
	long size;

	if (!node) {
		struct list_head *link = set.link;
		struct cgroup *cgroup;

		if (!link || link == set.first) {
			set.head.cut = !link;
			return 1;
		}
		cgroup = linked_cgroup(link);
		set.link = BPF_CORE_READ(link, next);
		node = BPF_CORE_READ(cgroup, kn);
		set.bytes[used] = BPF_CORE_READ(cgroup, root, hierarchy_id);
		set.bytes[used + 1] = !(BPF_CORE_READ(cgroup, self.flags) & CSS_ONLINE);
		used += sizeof(struct vitrine_census_cgroup);
	}
	used &= CGROUPS_FILL;
	size = bpf_probe_read_kernel_str(&set.bytes[used], NAME_SIZE, BPF_CORE_READ(node, name));
	if (size <= 0 || used + size > VITRINE_CENSUS_CGROUPS_MAX - NAME_SIZE)
		return 1;
	set.used = used + size;
	set.node = kernfs_parent(node);
	return 0;
}

static __always_inline u32 read_cgroups(struct css_set *css_set, bool bounded)
{
	set.first = (void *)css_set + bpf_core_field_offset(struct css_set, cgrp_links);
	set.link = BPF_CORE_READ(css_set, cgrp_links.next);
	set.node = NULL;
	set.used = 0;
	set.head.cut = 1;
	if (bounded) {
		for (u32 i = 0; i < CGROUP_STEPS_BOUNDED; i++)
			if (read_cgroup_name(i, NULL))
				break;
	} else {
		bpf_loop(CGROUP_STEPS, read_cgroup_name, NULL, 0);
	}
	return set.used & CGROUPS_FILL;
}

/* Once for each set. */
static __always_inline void tell_cgroups(struct seq_file *seq, u64 css_set, bool bounded)
{
	__u64 *seen = &seen_sets[css_set / 64 % SEEN];
	u32 size;

	if (*seen == css_set)
		return;
	size = sizeof(set.head) + read_cgroups((struct css_set *)css_set, bounded);
	set.head.record.kind = VITRINE_CENSUS_CGROUPS;
	set.head.record.size = size;
	set.head.css_set = css_set;
	/* Without room all that this run wrote is thrown away, and it runs again. */
	if (!bpf_seq_write(seq, &set, size))
		*seen = css_set;
}

#endif

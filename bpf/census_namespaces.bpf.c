// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Every namespace of one kind, whoever keeps it alive: the kernel's own list, 6.18 and newer, walked
 * once round from the reader's own. A namespace's memory outlives the program that meets it (RCU).
 */
#include "census_reader.bpf.h"

#define ROUND (1 << 20)

enum { /* include/uapi/linux/sched.h */
	CLONE_NEWTIME = 0x00000080,
	CLONE_NEWNS = 0x00020000,
	CLONE_NEWCGROUP = 0x02000000,
	CLONE_NEWUTS = 0x04000000,
	CLONE_NEWIPC = 0x08000000,
	CLONE_NEWUSER = 0x10000000,
	CLONE_NEWPID = 0x20000000,
	CLONE_NEWNET = 0x40000000,
};

/* The first two are set before each run. Not on the stack: verifiers would follow each value of `told`. */
struct {
	__u64 place; /* the first one wanted */
	__u32 type;  /* CLONE_NEW* */
	__u32 told;
	__u64 first;
	__u64 now;
	__u64 operations;
} walk;

struct output {
	struct seq_file *seq;
};

#define ABOVE(ns, kind)                                                                            \
	((struct kind *)((void *)(ns) - bpf_core_field_offset(struct kind, ns)))
#define OWNER(ns, kind) BPF_CORE_READ(ABOVE(ns, kind), user_ns, ns.inum)

static __always_inline void read_namespace(struct vitrine_census_namespace *out,
					   struct ns_common *ns)
{
	struct ns_common___listed *listed = (void *)ns;

	out->id = BPF_CORE_READ(listed, ns_id);
	out->inode = BPF_CORE_READ(ns, inum);
	out->references = BPF_CORE_READ(listed, __ns_ref.refs.counter);
	switch (walk.type) {
	case CLONE_NEWTIME:
		out->owner = OWNER(ns, time_namespace);
		break;
	case CLONE_NEWNS:
		out->owner = OWNER(ns, mnt_namespace);
		break;
	case CLONE_NEWCGROUP:
		out->owner = OWNER(ns, cgroup_namespace);
		break;
	case CLONE_NEWUTS:
		out->owner = OWNER(ns, uts_namespace);
		break;
	case CLONE_NEWIPC:
		out->owner = OWNER(ns, ipc_namespace);
		break;
	case CLONE_NEWNET:
		out->owner = OWNER(ns, net);
		break;
	case CLONE_NEWPID:
		out->owner = OWNER(ns, pid_namespace);
		out->parent = BPF_CORE_READ(ABOVE(ns, pid_namespace), parent, ns.inum);
		break;
	case CLONE_NEWUSER:
		out->parent = BPF_CORE_READ(ABOVE(ns, user_namespace), parent, ns.inum);
		out->owner = out->parent;
		out->creator_uid = BPF_CORE_READ(ABOVE(ns, user_namespace), owner.val);
		break;
	}
}

/* One place of the list; the list's head is no namespace and has no operations of its kind. */
static long take_step(u32 index, struct output *output)
{
	struct ns_common___listed *first = (void *)walk.first;
	struct ns_common *ns = (void *)walk.now;
	struct list_head *link = (void *)ns + namespace_link_offset();
	struct vitrine_census_namespace found = {};

	walk.now = (u64)BPF_CORE_READ(link, next) - namespace_link_offset();
	if (namespace_type(ns) == walk.type && (u64)BPF_CORE_READ(ns, ops) == walk.operations) {
		read_namespace(&found, ns);
		found.place = found.id - BPF_CORE_READ(first, ns_id);
		if (found.place >= walk.place && found.inode) {
			bpf_seq_write(output->seq, &found, sizeof(found));
			walk.told++;
		}
	}
	return walk.told >= VITRINE_CENSUS_NAMESPACES || walk.now == walk.first;
}

static __always_inline struct ns_common *own_namespace(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct nsproxy *proxy = BPF_CORE_READ(task, nsproxy);

	switch (walk.type) {
	case CLONE_NEWTIME:
		return &BPF_CORE_READ(proxy, time_ns)->ns;
	case CLONE_NEWNS:
		return &BPF_CORE_READ(proxy, mnt_ns)->ns;
	case CLONE_NEWCGROUP:
		return &BPF_CORE_READ(proxy, cgroup_ns)->ns;
	case CLONE_NEWUTS:
		return &BPF_CORE_READ(proxy, uts_ns)->ns;
	case CLONE_NEWIPC:
		return &BPF_CORE_READ(proxy, ipc_ns)->ns;
	case CLONE_NEWNET:
		return &BPF_CORE_READ(proxy, net_ns)->ns;
	case CLONE_NEWPID:
		return &BPF_CORE_READ(proxy, pid_ns_for_children)->ns;
	case CLONE_NEWUSER:
		return &BPF_CORE_READ(task, real_cred, user_ns)->ns;
	}
	return NULL;
}

/* Programs are few, and one there is: this. */
SEC("iter/bpf_prog")
int list_namespaces(struct bpf_iter__bpf_prog *context)
{
	struct output output = { .seq = context->meta->seq };
	struct ns_common *own;

	if (!context->prog || context->meta->seq_num)
		return 0; /* the first one is enough */
	own = own_namespace();
	walk.first = (u64)own;
	walk.now = (u64)own;
	walk.operations = (u64)BPF_CORE_READ(own, ops);
	walk.told = 0;
	bpf_loop(ROUND, take_step, &output, 0);
	return 0;
}

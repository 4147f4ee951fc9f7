// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Cgroups made, removed and joined, in any hierarchy: the kernel's own tracepoints. */
#include "strings.bpf.h"

static __always_inline struct call *start_notice(u32 type, u32 fixed)
{
	struct call *call = wanted(type) ? begin_notice() : NULL;

	if (call)
		start_record(call, type, fixed);
	return call;
}

/* cgroup_mkdir(cgrp, path) and cgroup_rmdir(cgrp, path): kernel/cgroup/cgroup.c, since 4.19. */
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(report_mkdir, struct cgroup *cgroup, const char *path)
{
	struct call *call =
		is_followed() ? start_notice(VITRINE_EVENT_cgroup_mkdir, sizeof(struct ev_cgroup_mkdir)) : NULL;

	if (!call)
		return 0;
	struct ev_cgroup_mkdir *e = (void *)call->record;
	e->hierarchy = BPF_CORE_READ(cgroup, root, hierarchy_id);
	e->id = BPF_CORE_READ(cgroup, kn, id);
	kernel_string(call, FIELD(cgroup_mkdir, path), (u64)path);
	end_notice(call);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(report_rmdir, struct cgroup *cgroup, const char *path)
{
	struct call *call =
		is_followed() ? start_notice(VITRINE_EVENT_cgroup_rmdir, sizeof(struct ev_cgroup_rmdir)) : NULL;

	if (!call)
		return 0;
	struct ev_cgroup_rmdir *e = (void *)call->record;
	e->hierarchy = BPF_CORE_READ(cgroup, root, hierarchy_id);
	e->id = BPF_CORE_READ(cgroup, kn, id);
	kernel_string(call, FIELD(cgroup_rmdir, path), (u64)path);
	end_notice(call);
	return 0;
}

/* Who comes into the container's cgroup from outside, as "podman exec" does, is followed from then on. */
static __always_inline void follow_member(struct cgroup *cgroup, struct task_struct *task)
{
	struct vitrine_cgroup_key key = {.id = BPF_CORE_READ(cgroup, kn, id),
					 .hierarchy = BPF_CORE_READ(cgroup, root, hierarchy_id)};
	struct vitrine_follow *mark;

	if (!bpf_map_lookup_elem(&followed_cgroups, &key))
		return;
	mark = bpf_task_storage_get(&followed, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (mark)
		mark->followed |= VITRINE_FOLLOWED_TARGET;
}

/* cgroup_attach_task(dst_cgrp, path, task, threadgroup): also when an outsider moves a followed task. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(report_attach, struct cgroup *cgroup, const char *path, struct task_struct *task,
	     bool threadgroup)
{
	struct call *call;

	if (stopped)
		return 0;
	if (settings.follows_cgroups)
		follow_member(cgroup, task);
	if (!is_followed() && !follows(task))
		return 0;
	call = start_notice(VITRINE_EVENT_cgroup_attach, sizeof(struct ev_cgroup_attach));
	if (!call)
		return 0;
	struct ev_cgroup_attach *e = (void *)call->record;
	e->hierarchy = BPF_CORE_READ(cgroup, root, hierarchy_id);
	e->id = BPF_CORE_READ(cgroup, kn, id);
	e->target_pid = task->pid;
	e->threadgroup = threadgroup;
	kernel_string(call, FIELD(cgroup_attach, path), (u64)path);
	put_kernel_string(call, FIELD(cgroup_attach, target_comm), task->comm);
	end_notice(call);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

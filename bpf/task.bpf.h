/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What a task holds: namespaces, credentials, files. */
#ifndef VITRINE_TASK_BPF_H
#define VITRINE_TASK_BPF_H

#include "reads.bpf.h"
#include "state.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

static __always_inline struct task_struct *current_task(void)
{
	return (void *)bpf_get_current_task();
}

static __always_inline u32 ns_pid_of(struct pid *pid)
{
	struct upid number;
	u32 level = BPF_CORE_READ(pid, level);
	u32 stride = bpf_core_type_size(struct upid);
	void *numbers = (void *)pid + bpf_core_field_offset(struct pid, numbers);

	bpf_core_read(&number.nr, sizeof(number.nr),
		      &((struct upid *)(numbers + (u64)level * stride))->nr);
	return number.nr;
}

static __always_inline u32 global_pid_of(struct pid *pid)
{
	return BPF_CORE_READ(pid, numbers[0].nr);
}

#define NS_INODE(nsproxy, member) BPF_CORE_READ(nsproxy, member, ns.inum)

static __always_inline void read_namespaces(struct ev_namespaces *out, struct task_struct *task)
{
	struct nsproxy *nsproxy = BPF_CORE_READ(task, nsproxy);

	__builtin_memset(out, 0, sizeof(*out));
	out->user = BPF_CORE_READ(task, cred, user_ns, ns.inum);
	if (!nsproxy)
		return;
	out->mnt = NS_INODE(nsproxy, mnt_ns);
	out->uts = NS_INODE(nsproxy, uts_ns);
	out->ipc = NS_INODE(nsproxy, ipc_ns);
	out->net = NS_INODE(nsproxy, net_ns);
	out->pid = NS_INODE(nsproxy, pid_ns_for_children);
	out->cgroup = NS_INODE(nsproxy, cgroup_ns);
	out->time = NS_INODE(nsproxy, time_ns_for_children);
}

static __always_inline void read_credentials(struct ev_credentials *out)
{
	struct task_struct *task = current_task();
	const struct cred *cred = BPF_CORE_READ(task, cred);

	out->uid = BPF_CORE_READ(cred, uid.val);
	out->gid = BPF_CORE_READ(cred, gid.val);
	out->euid = BPF_CORE_READ(cred, euid.val);
	out->egid = BPF_CORE_READ(cred, egid.val);
	out->suid = BPF_CORE_READ(cred, suid.val);
	out->sgid = BPF_CORE_READ(cred, sgid.val);
	out->fsuid = BPF_CORE_READ(cred, fsuid.val);
	out->fsgid = BPF_CORE_READ(cred, fsgid.val);
	out->effective = CAPABILITIES(cred, cap_effective);
	out->permitted = CAPABILITIES(cred, cap_permitted);
	out->inheritable = CAPABILITIES(cred, cap_inheritable);
	out->bounding = CAPABILITIES(cred, cap_bset);
	out->ambient = CAPABILITIES(cred, cap_ambient);
	out->securebits = BPF_CORE_READ(cred, securebits);
	out->no_new_privs = BPF_CORE_READ(task, atomic_flags) & PFA_NO_NEW_PRIVS;
	out->seccomp_mode = BPF_CORE_READ(task, seccomp.mode);
	out->seccomp_filters = BPF_CORE_READ(task, seccomp.filter_count.counter);
}

/* The open file behind a descriptor of the current task, or null. */
static __always_inline struct file *file_of(s32 fd)
{
	struct fdtable *table = BPF_CORE_READ(current_task(), files, fdt);
	struct file *file = NULL;

	if (fd < 0 || (u32)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(table, fd) + fd);
	return file;
}

/* The first bytes of a dentry's name, cut and padded with zeros: for comparing with known names. */
struct short_name {
	char text[32];
};

static __always_inline void read_short_name(struct short_name *out, struct dentry *dentry)
{
	__builtin_memset(out, 0, sizeof(*out));
	bpf_probe_read_kernel_str(out->text, sizeof(out->text), BPF_CORE_READ(dentry, d_name.name));
}

/* memcmp() for known lengths: clang leaves a call, which BPF has not, for all but the simplest. */
static __always_inline bool same_bytes(const char *left, const char *right, u32 length)
{
	u32 difference = 0; /* no branch a byte: the verifier would follow both sides of each */

#pragma unroll
	for (u32 i = 0; i < length; i++)
		difference |= (u8)(left[i] ^ right[i]);
	return difference == 0;
}

/* Whether `name` is exactly the literal, its final NUL included. */
#define NAME_IS(name, literal) same_bytes((name).text, literal, sizeof(literal))

/* The registers of system calls are those of the task, whichever tracepoint runs. */
static __always_inline void read_arguments(u64 *args)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());

#if defined(__TARGET_ARCH_x86)
	args[0] = BPF_CORE_READ(regs, di);
	args[1] = BPF_CORE_READ(regs, si);
	args[2] = BPF_CORE_READ(regs, dx);
	args[3] = BPF_CORE_READ(regs, r10);
	args[4] = BPF_CORE_READ(regs, r8);
	args[5] = BPF_CORE_READ(regs, r9);
#elif defined(__TARGET_ARCH_arm64)
	args[0] = BPF_CORE_READ(regs, orig_x0);
	for (int i = 1; i < ARGS; i++)
		args[i] = BPF_CORE_READ(regs, regs[i]);
#endif
}

/* One of them, for calls that are many and mostly do not matter. */
static __always_inline u64 second_argument(void)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());

#if defined(__TARGET_ARCH_x86)
	return BPF_CORE_READ(regs, si);
#elif defined(__TARGET_ARCH_arm64)
	return BPF_CORE_READ(regs, regs[1]);
#endif
}

static __always_inline u64 third_argument(void)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());

#if defined(__TARGET_ARCH_x86)
	return BPF_CORE_READ(regs, dx);
#elif defined(__TARGET_ARCH_arm64)
	return BPF_CORE_READ(regs, regs[2]);
#endif
}

#endif

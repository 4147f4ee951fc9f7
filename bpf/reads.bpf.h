/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What can be read of the kernel's objects without anything of our own. */
#ifndef VITRINE_READS_BPF_H
#define VITRINE_READS_BPF_H

#include "compat.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define PFA_NO_NEW_PRIVS 1 /* bit 0 of task_struct.atomic_flags */

/* include/uapi/linux/magic.h */
#define CGROUP_SUPER_MAGIC 0x27e0eb
#define CGROUP2_SUPER_MAGIC 0x63677270
#define PROC_SUPER_MAGIC 0x9fa0
#define NSFS_MAGIC 0x6e736673
#define PID_FS_MAGIC 0x50494446
#define SOCKFS_MAGIC 0x534f434b

#define AF_UNIX 1

static __always_inline u64 capability_set(const kernel_cap_t *set)
{
	u64 bits = 0;

	bpf_probe_read_kernel(&bits, sizeof(bits), set);
	return bits;
}

#define CAPABILITIES(cred, member)                                                                 \
	capability_set((void *)(cred) + bpf_core_field_offset(struct cred, member))

static __always_inline unsigned long magic_of(struct file *file)
{
	return BPF_CORE_READ(file, f_inode, i_sb, s_magic);
}

/* The socket of a file, or null when it is none. */
static __always_inline struct sock *sock_of(struct file *file)
{
	struct socket *socket;

	if (!file || magic_of(file) != SOCKFS_MAGIC)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

/* The unix socket of a file, or null when it is none. */
static __always_inline struct unix_sock *unix_sock_of(struct file *file)
{
	struct sock *sock = sock_of(file);

	if (!sock || BPF_CORE_READ(sock, __sk_common.skc_family) != AF_UNIX)
		return NULL;
	return (void *)sock;
}

#endif

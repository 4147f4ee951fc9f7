/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The kernel structs we read, cut down to the fields we read: field offsets are relocated to the
 * running kernel's (CO-RE), so the build needs no kernel headers and no BTF. Names and nesting are
 * the kernel's; its file stands beside each.
 */
#ifndef VITRINE_KERNEL_BPF_H
#define VITRINE_KERNEL_BPF_H

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef _Bool bool;
/* For the prototypes of bpf_helper_defs.h. */
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef __u16 __sum16;

#define NULL ((void *)0)
#define true 1
#define false 0

enum bpf_map_type { /* include/uapi/linux/bpf.h */
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};
#define BPF_ANY 0
#define BPF_NOEXIST 1
#define BPF_F_NO_PREALLOC 1
#define BPF_LOCAL_STORAGE_GET_F_CREATE 1
#define BPF_RB_NO_WAKEUP 1
#define BPF_RB_FORCE_WAKEUP 2
#define BPF_RB_AVAIL_DATA 0

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

struct refcount_struct { /* include/linux/refcount.h */
	atomic_t refs;
};

typedef struct {
	u32 val;
} kuid_t;

typedef struct {
	u32 val;
} kgid_t;

typedef struct {
	u64 val;
} kernel_cap_t; /* include/linux/capability.h; two u32 before 6.3, the same bytes */

struct rb_node {
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct proc_ns_operations; /* include/linux/proc_ns.h */

struct ns_common { /* include/linux/ns_common.h */
	const struct proc_ns_operations *ops;
	unsigned int inum;
};

struct new_utsname {
	char nodename[65];
	char domainname[65];
};

struct uts_namespace {
	struct new_utsname name;
	struct user_namespace *user_ns;
	struct ns_common ns;
};

struct ipc_namespace {
	struct user_namespace *user_ns;
	struct ns_common ns;
};

struct net {
	struct user_namespace *user_ns;
	struct ns_common ns;
};

struct pid_namespace {
	struct pid_namespace *parent;
	struct user_namespace *user_ns;
	struct ns_common ns;
};

struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};

struct timens_offsets {
	struct timespec64 boottime;
};

struct time_namespace {
	struct user_namespace *user_ns;
	struct ns_common ns;
	struct timens_offsets offsets;
};

struct cgroup_namespace {
	struct user_namespace *user_ns;
	struct ns_common ns;
};

struct mnt_namespace { /* fs/mount.h */
	struct ns_common ns;
	struct rb_root mounts; /* 6.8 and newer */
	struct user_namespace *user_ns;
};

struct uid_gid_extent { /* include/linux/user_namespace.h */
	u32 first;
	u32 lower_first;
	u32 count;
};

struct uid_gid_map {
	u32 nr_extents;
	struct uid_gid_extent extent[5];
	struct uid_gid_extent *forward;
};

struct user_namespace {
	struct uid_gid_map uid_map;
	struct uid_gid_map gid_map;
	struct user_namespace *parent;
	kuid_t owner;
	struct ns_common ns;
	unsigned long flags;
};

struct nsproxy { /* include/linux/nsproxy.h */
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
	struct net *net_ns;
	struct time_namespace *time_ns;
	struct time_namespace *time_ns_for_children;
	struct cgroup_namespace *cgroup_ns;
};

struct group_info { /* include/linux/cred.h */
	int ngroups;
	kgid_t gid[1];
};

struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t suid;
	kgid_t sgid;
	kuid_t euid;
	kgid_t egid;
	kuid_t fsuid;
	kgid_t fsgid;
	unsigned securebits;
	kernel_cap_t cap_inheritable;
	kernel_cap_t cap_permitted;
	kernel_cap_t cap_effective;
	kernel_cap_t cap_bset;
	kernel_cap_t cap_ambient;
	struct user_namespace *user_ns;
	struct group_info *group_info;
};

struct qstr { /* include/linux/dcache.h */
	u32 len;
	const unsigned char *name;
};

struct file_system_type {
	const char *name;
};

struct super_block { /* include/linux/fs.h */
	u32 s_dev;
	unsigned long s_magic;
	struct file_system_type *s_type;
	struct dentry *s_root;
	void *s_fs_info;
	struct list_head s_inodes; /* newest first */
};

struct inode {
	u16 i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	u32 i_rdev;
	s64 i_size;
	struct list_head i_sb_list;
	struct hlist_head i_dentry; /* its names in the cache, newest first */
	void *i_private;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
	union {
		struct hlist_node d_alias;
	} d_u;
};

struct vfsmount { /* include/linux/mount.h */
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};

struct mount { /* fs/mount.h */
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct rb_node mnt_node; /* 6.8 and newer */
	struct list_head mnt_list;
	const char *mnt_devname;
	struct mnt_namespace *mnt_ns;
	int mnt_id;
	u64 mnt_id_unique; /* 6.8 and newer */
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	void *private_data;
};

struct socket { /* include/linux/net.h */
	struct sock *sk;
};

struct socket_alloc { /* include/net/sock.h */
	struct socket socket;
	struct inode vfs_inode;
};

typedef struct { /* include/net/net_namespace.h */
	struct net *net;
} possible_net_t;

struct sock_common {
	unsigned short skc_family;
	unsigned char skc_state;
	possible_net_t skc_net;
};

struct sk_buff { /* include/linux/skbuff.h */
	struct sk_buff *next;
	char cb[48];
};

struct sk_buff_head {
	struct sk_buff *next;
};

struct scm_fp_list { /* include/net/scm.h */
	short count;
	struct file *fp[1];
};

struct unix_skb_parms { /* include/net/af_unix.h: the cb of its sk_buffs */
	struct scm_fp_list *fp;
};

struct sock {
	struct sock_common __sk_common;
	struct pid *sk_peer_pid;
	struct socket *sk_socket;
	struct sk_buff_head sk_receive_queue;
	u16 sk_type;
};

struct unix_address; /* include/net/af_unix.h */

struct scm_stat {
	atomic_t nr_fds;
};

struct unix_sock {
	struct sock sk;
	struct unix_address *addr;
	struct sock *peer;
	struct scm_stat scm_stat;
};

struct fdtable { /* include/linux/fdtable.h */
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct fs_struct { /* include/linux/fs_struct.h */
	struct path root;
	struct path pwd;
};

struct upid { /* include/linux/pid.h */
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct hlist_head tasks[4]; /* 0: PIDTYPE_PID */
	struct upid numbers[1];
};

struct proc_inode { /* fs/proc/internal.h */
	struct pid *pid;
	struct inode vfs_inode;
};

struct seq_file { /* include/linux/seq_file.h */
	void *private;
};

struct kernfs_node { /* include/linux/kernfs.h */
	const char *name;
	void *priv;
	u64 id;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	unsigned int flags;
};

struct css_set { /* include/linux/cgroup-defs.h */
	struct cgroup *dfl_cgrp;
	struct list_head cgrp_links;
};

struct cgrp_cset_link { /* kernel/cgroup/cgroup-internal.h */
	struct cgroup *cgrp;
	struct list_head cgrp_link;
};

struct cgroup_root { /* kernel/cgroup/cgroup-internal.h */
	int hierarchy_id;
};

struct cgroup_freezer_state {
	bool freeze;
};

struct cgroup { /* include/linux/cgroup-defs.h */
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_subsys_state *subsys[1];
	struct cgroup_root *root;
	struct cgroup_freezer_state freezer;
};

struct page_counter { /* include/linux/page_counter.h */
	unsigned long min;
	unsigned long low;
	unsigned long high;
	unsigned long max;
};

struct mem_cgroup { /* include/linux/memcontrol.h */
	struct cgroup_subsys_state css;
	struct page_counter memory;
	struct page_counter swap;
	struct page_counter memsw;
};

struct pids_cgroup { /* kernel/cgroup/pids.c */
	struct cgroup_subsys_state css;
	atomic64_t limit;
};

struct cfs_bandwidth { /* kernel/sched/sched.h */
	s64 period;
	u64 quota;
};

struct task_group {
	struct cgroup_subsys_state css;
	unsigned long shares;
	struct cfs_bandwidth cfs_bandwidth;
};

enum cgroup_subsys_id {
	cpu_cgrp_id,
	memory_cgrp_id,
	pids_cgrp_id,
};

struct fc_log { /* include/linux/fs_context.h */
	u8 head;
	u8 tail;
	char *buffer[8];
};

struct p_log {
	struct fc_log *log;
};

struct fs_context {
	struct file_system_type *fs_type;
	struct p_log log;
};

struct seccomp { /* include/linux/seccomp_types.h */
	int mode;
	atomic_t filter_count;
};

struct signal_struct { /* include/linux/sched/signal.h */
	atomic_t live;
	unsigned int flags;
	int group_exit_code;
	short oom_score_adj;
	unsigned int is_child_subreaper : 1;
};

struct mm_struct { /* include/linux/mm_types.h */
	struct file *exe_file;
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long flags; /* mm_flags_t in 6.18: see compat.bpf.h */
};

#if defined(__TARGET_ARCH_x86)
struct thread_info { /* arch/x86/include/asm/thread_info.h */
	u32 status;
};
#else
struct thread_info { /* arch/arm64/include/asm/thread_info.h */
	unsigned long flags;
};
#endif

struct task_struct { /* include/linux/sched.h */
	struct thread_info thread_info;
	int pid;
	int tgid;
	int exit_state;
	int exit_code;
	unsigned int __state; /* state before 5.14: see compat.bpf.h */
	unsigned int flags;
	unsigned long atomic_flags;
	u64 start_boottime;
	char comm[16];
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct hlist_node pid_links[4];
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	const struct cred *real_cred;
	const struct cred *cred;
	struct css_set *cgroups;
	struct seccomp seccomp;
};

struct bpf_iter_meta { /* include/linux/bpf.h */
	struct seq_file *seq;
	u64 seq_num;
};

struct bpf_iter__task { /* kernel/bpf/task_iter.c */
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

struct bpf_prog;

struct bpf_iter__bpf_prog { /* kernel/bpf/prog_iter.c */
	struct bpf_iter_meta *meta;
	struct bpf_prog *prog;
};

/* What a user mode task had in its registers when it entered the kernel. */
#if defined(__TARGET_ARCH_x86)
struct pt_regs { /* arch/x86/include/asm/ptrace.h */
	unsigned long di;
	unsigned long si;
	unsigned long dx;
	unsigned long r10;
	unsigned long r8;
	unsigned long r9;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	u64 regs[31];
};
struct pt_regs { /* arch/arm64/include/asm/ptrace.h */
	u64 regs[31];
	u64 orig_x0;
};
#else
#error "this architecture's system call registers are not described here"
#endif

#pragma clang attribute pop

/*
 * Contexts of the tracepoints syscalls/sys_enter_* and sys_exit_* as their format files say; those of
 * raw_syscalls/sys_enter and sys_exit have the same fields in the same places.
 */
struct syscall_enter_context {
	u64 common;
	s32 number;
};

struct syscall_exit_context {
	u64 common;
	s32 number;
	u32 pad;
	s64 result;
};

#endif

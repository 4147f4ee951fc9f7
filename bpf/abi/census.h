/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records that the census's iterators write (bpf/census*.bpf.c), and what they are told. Pids are those
 * of the reader's pid namespace.
 */
#ifndef VITRINE_ABI_CENSUS_H
#define VITRINE_ABI_CENSUS_H

#ifdef __cplusplus
#include <linux/types.h>
#endif

enum vitrine_census_kind {
	VITRINE_CENSUS_TASK = 1,
	VITRINE_CENSUS_CGROUPS = 2,
};

/* What each record of the task iterator begins with. */
struct vitrine_census_record {
	__u32 kind; /* enum vitrine_census_kind */
	__u32 size; /* of the whole record, in bytes, without padding behind it */
};

enum vitrine_census_marks {
	VITRINE_CENSUS_PLAIN_ROOT = 1,   /* its root directory is "/", as the reader would see it */
	VITRINE_CENSUS_CUT = 2,          /* it has more groups than fit */
	VITRINE_CENSUS_SECCOMP = 4,      /* this kernel has seccomp */
	VITRINE_CENSUS_FILTERS = 8,      /* this kernel counts its filters */
};

#define VITRINE_CENSUS_LEVELS 33 /* pid namespaces around a process: MAX_PID_NS_LEVEL, include/linux/pid_namespace.h */
#define VITRINE_CENSUS_GROUPS 64 /* more are read from /proc */

/* In the order of struct NamespaceLinks; 0: none. */
struct vitrine_census_links {
	__u32 cgroup;
	__u32 ipc;
	__u32 mnt;
	__u32 net;
	__u32 pid;
	__u32 pid_for_children;
	__u32 time;
	__u32 time_for_children;
	__u32 user;
	__u32 uts;
};

/* Of a process when security is wanted; else, and of threads, zeros. */
struct vitrine_census_security {
	__u64 inheritable;
	__u64 permitted;
	__u64 effective;
	__u64 bounding;
	__u64 ambient;
	__u32 real_uid;
	__u32 effective_uid;
	__u32 saved_uid;
	__u32 filesystem_uid;
	__u32 real_gid;
	__u32 effective_gid;
	__u32 saved_gid;
	__u32 filesystem_gid;
	__u32 no_new_privs;
	__u32 seccomp_mode;
	__u32 seccomp_filters;
	__u32 groups; /* behind the levels */
};

/* A task. Behind it, of a process: its pid in each of `levels` namespaces, then its groups. */
struct vitrine_census_task {
	struct vitrine_census_record record;
	__u64 start_ns; /* CLOCK_BOOTTIME, as the reader's time namespace has it */
	__u64 css_set;  /* an address: tasks with the same one are in the same cgroups */
	__u32 tid;
	__u32 pid;
	__u32 parent_pid;
	__u32 state;      /* task_struct.__state */
	__u32 exit_state; /* task_struct.exit_state */
	__u32 flags;      /* PF_*, include/linux/sched.h */
	__u32 marks;      /* enum vitrine_census_marks */
	__u32 levels;
	char comm[16];
	struct vitrine_census_links links;
	struct vitrine_census_security security;
};

#define VITRINE_CENSUS_CGROUPS_MAX 8192 /* bytes of one record */

/*
 * A set of cgroups, after its first task. Behind it, for each hierarchy: struct vitrine_census_cgroup, then the
 * names from the cgroup's to its hierarchy's root's, which is empty; each ends with NUL.
 */
struct vitrine_census_cgroups {
	struct vitrine_census_record record;
	__u64 css_set;
	__u32 cut; /* there is more than fits */
	__u32 reserved;
};

struct vitrine_census_cgroup {
	__u8 hierarchy;
	__u8 removed; /* the cgroup's directory */
};

/* A file that keeps a namespace alive. */
struct vitrine_census_file {
	__u64 start_ns; /* of the process, as in its task record */
	__u32 pid;
	__u32 fd;
	__u32 type;  /* CLONE_NEW* */
	__u32 inode; /* 0: of a socket whose queue could not be looked through to its end */
	__u8 socket;
	__u8 in_flight;
	__u8 reserved[6];
};

#define VITRINE_CENSUS_NAMESPACES 512 /* records of one run: what one read(2) of an iterator can take */

/* A namespace in the kernel's own list. Inodes; 0: none. */
struct vitrine_census_namespace {
	__u64 id;
	__u64 place; /* in the round that begins at the reader's own */
	__u32 inode;
	__u32 references;
	__u32 parent;
	__u32 owner;
	__u32 creator_uid;
	__u32 reserved;
};

#endif

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Records as they cross the ring buffer: compiled by clang for BPF, by gcc and clang for the host.
 * A fixed part with natural alignment, padding zeroed, then a tail with the bytes of strings.
 */
#ifndef VITRINE_ABI_EVENTS_H
#define VITRINE_ABI_EVENTS_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/* One string of a record's tail. Offset is from the record's start. */
struct ev_string {
	__u16 offset;
	__u16 length; /* bytes; no final NUL */
	__u16 state;  /* enum vitrine_string_state bits */
	__u16 reserved;
};

enum vitrine_string_state {
	VITRINE_STRING_ABSENT = 1,     /* a null pointer, or nothing to say */
	VITRINE_STRING_UNREADABLE = 2, /* neither at entry nor at exit */
	VITRINE_STRING_TRUNCATED = 4,  /* longer than what is here */
	VITRINE_STRING_AT_EXIT = 8,    /* could not be read at entry, read at exit */
};

enum vitrine_namespace_kind {
	VITRINE_NS_NONE,
	VITRINE_NS_MNT,
	VITRINE_NS_UTS,
	VITRINE_NS_IPC,
	VITRINE_NS_NET,
	VITRINE_NS_PID,
	VITRINE_NS_CGROUP,
	VITRINE_NS_TIME,
	VITRINE_NS_USER,
};

/* Inodes; 0: unknown or not built into this kernel. */
struct ev_namespaces {
	__u32 mnt;
	__u32 uts;
	__u32 ipc;
	__u32 net;
	__u32 pid; /* for children: what the next fork gets, which unshare and setns change */
	__u32 cgroup;
	__u32 time; /* for children */
	__u32 user;
};

/* credentials(7) and capabilities(7) of a task. Ids are those of the initial user namespace. */
struct ev_credentials {
	__u32 uid;
	__u32 gid;
	__u32 euid;
	__u32 egid;
	__u32 suid;
	__u32 sgid;
	__u32 fsuid;
	__u32 fsgid;
	__u64 effective;
	__u64 permitted;
	__u64 inheritable;
	__u64 bounding;
	__u64 ambient;
	__u32 securebits;
	__u32 no_new_privs;
	__u32 seccomp_mode;
	__u32 seccomp_filters;
};

/* A mount as the kernel holds it. All zero: none appeared, or it could not be found. */
struct ev_mount {
	__u64 unique_id;        /* never used again (kernel 6.8 and newer); 0: not known */
	__u64 parent_unique_id;
	__u32 id;               /* as in mountinfo; used again after umount */
	__u32 parent_id;
	__u32 device_major;
	__u32 device_minor;
	__u32 mnt_inode;        /* its mount namespace; 0: detached */
	__u32 flags;            /* kernel's MNT_* bits (include/linux/mount.h) */
};

enum vitrine_cgroup_value {
	VITRINE_CGROUP_VALUE_UNKNOWN,
	VITRINE_CGROUP_VALUE_BYTES,  /* first: bytes, -1: max */
	VITRINE_CGROUP_VALUE_COUNT,  /* first: number, -1: max */
	VITRINE_CGROUP_VALUE_QUOTA,  /* first: quota in us, -1: max; second: period in us */
	VITRINE_CGROUP_VALUE_WEIGHT, /* first: cpu shares as v1 counts them (1024 is normal) */
	VITRINE_CGROUP_VALUE_MASK,   /* first: bit set of controllers, second: unused */
};

struct ev_cgroup_value {
	__s64 first;
	__s64 second;
	__u32 what; /* enum vitrine_cgroup_value */
	__u32 reserved;
};

/* One line of uid_map or gid_map, outside ids as the initial user namespace counts them. */
struct ev_id_extent {
	__u32 inside;
	__u32 outside;
	__u32 count;
};

/* Who saw a change of an overlay's upper layer. */
enum vitrine_witness {
	VITRINE_WITNESS_KERNEL = 1,   /* its structs, compared at the entry and the exit of the call */
	VITRINE_WITNESS_FANOTIFY = 2, /* on the file system of the upper directory */
	VITRINE_WITNESS_FENTRY = 4,   /* security_inode_copy_up(), where such probes are allowed */
};

/* Why a task is followed. */
enum vitrine_followed {
	VITRINE_FOLLOWED_TARGET = 1, /* the command, or what is asked for, with all descendants */
	VITRINE_FOLLOWED_DAEMON = 2, /* who they speak to, with what it starts meanwhile */
	VITRINE_FOLLOWED_NEVER = 4,  /* the tracer itself: no event has it */
};

struct ev_header {
	__u64 time_ns;     /* CLOCK_BOOTTIME at entry of the call */
	__u64 duration_ns; /* entry to exit; 0 for kernel events */
	__u64 start_ns;    /* start of the process, CLOCK_BOOTTIME: with pid, its identity */
	__u64 sequence;    /* per CPU, counts every attempt to emit: a gap is a loss */
	__s64 result;      /* what the call returned */
	__u32 pid;         /* process, initial pid namespace */
	__u32 tid;         /* thread, initial pid namespace */
	__u32 parent_pid;  /* real parent, initial pid namespace */
	__u32 ns_pid;      /* process, its own pid namespace */
	__u16 type;        /* enum vitrine_event */
	__u16 cpu;
	__u32 size;        /* whole record */
	__u16 followed;    /* enum vitrine_followed */
	__u16 reserved[3];
	char comm[16];     /* the thread's name */
};

enum vitrine_event {
	VITRINE_EVENT_NONE = 0,
#define EVENT(id, category, name, returns, doc) VITRINE_EVENT_##category##_##name = id,
#define ARG(type, name, kind, doc)
#define ARG_STRING(name, kind, doc)
#define RESULT(type, name, kind, doc)
#define RESULT_STRING(name, kind, doc)
#define END_EVENT(category, name)
#include "events.inc"
#undef EVENT
#undef ARG
#undef ARG_STRING
#undef RESULT
#undef RESULT_STRING
#undef END_EVENT
	VITRINE_EVENT_LIMIT = 128,
};

/*
 * Not an event: a call has begun. It lets the reader hold later events back until earlier calls have
 * ended, so that events come in order of entry. Told from an event by its size.
 */
struct ev_begin {
	__u64 time_ns; /* the header.time_ns that the call's event will have */
	__u32 tid;
	__u32 call;    /* enum vitrine_call */
};

#define EVENT(id, category, name, returns, doc)                                                    \
	struct ev_##category##_##name {                                                            \
		struct ev_header header;
#define ARG(type, name, kind, doc) type name;
#define ARG_STRING(name, kind, doc) struct ev_string name;
#define RESULT(type, name, kind, doc) type name;
#define RESULT_STRING(name, kind, doc) struct ev_string name;
#define END_EVENT(category, name)                                                                  \
	}                                                                                          \
	__attribute__((aligned(8)));
#include "events.inc"
#undef EVENT
#undef ARG
#undef ARG_STRING
#undef RESULT
#undef RESULT_STRING
#undef END_EVENT

#endif

// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Mounts and roots: what was asked for, and the mount that the kernel holds afterwards. */
#include "overlay.bpf.h"

#define ANONYMOUS_MNT_NS 0xeffffff7 /* MNT_NS_ANON_INO: every detached mount's, since 6.18 */

enum { /* include/uapi/linux/mount.h enum fsconfig_command */
	FSCONFIG_SET_STRING = 1,
	FSCONFIG_SET_BINARY = 2,
	FSCONFIG_SET_PATH = 3,
	FSCONFIG_SET_PATH_EMPTY = 4,
	FSCONFIG_SET_FD = 5,
};

struct mount_attributes { /* include/uapi/linux/mount.h struct mount_attr */
	u64 attr_set;
	u64 attr_clr;
	u64 propagation;
	u64 userns_fd;
};

/* ---- kernel state -------------------------------------------------------------------------- */

static __always_inline void read_mount(struct ev_mount *out, struct mount *mount)
{
	struct mount *parent = BPF_CORE_READ(mount, mnt_parent);
	u32 device = BPF_CORE_READ(mount, mnt.mnt_sb, s_dev);

	if (bpf_core_field_exists(mount->mnt_id_unique)) {
		out->unique_id = BPF_CORE_READ(mount, mnt_id_unique);
		out->parent_unique_id = BPF_CORE_READ(parent, mnt_id_unique);
	}
	out->id = BPF_CORE_READ(mount, mnt_id);
	out->parent_id = BPF_CORE_READ(parent, mnt_id);
	out->device_major = device >> 20; /* the kernel's own dev_t: include/linux/kdev_t.h */
	out->device_minor = device & 0xfffff;
	u32 place = BPF_CORE_READ(mount, mnt_ns, ns.inum);
	out->mnt_inode = place == ANONYMOUS_MNT_NS ? 0 : place;
	out->flags = BPF_CORE_READ(mount, mnt.mnt_flags);
}

static __always_inline void *super_of(struct mount *mount)
{
	return BPF_CORE_READ(mount, mnt.mnt_sb);
}

#define DESCRIBE_SOURCE(call, event, mount)                                                        \
	do {                                                                                       \
		struct super_block *super_ = super_of(mount);                                      \
		kernel_string(call, FIELD(event, mount_fstype),                                    \
			      (u64)BPF_CORE_READ(super_, s_type, name));                           \
		kernel_string(call, FIELD(event, mount_source),                                    \
			      (u64)BPF_CORE_READ(mount, mnt_devname));                             \
	} while (0)

#define DESCRIBE_LAYERS(call, event, mount)                                                        \
	do {                                                                                       \
		struct super_block *super_ = super_of(mount);                                      \
		if (is_overlay(super_)) {                                                          \
			void *overlay_ = BPF_CORE_READ(super_, s_fs_info);                         \
			overlay_lowers(call, FIELD(event, overlay_lower), (u64)super_);            \
			kernel_string(call, FIELD(event, overlay_upper),                           \
				      overlay_pointer(overlay_, settings.overlay.upperdir));       \
			kernel_string(call, FIELD(event, overlay_work),                            \
				      overlay_pointer(overlay_, settings.overlay.workdir));        \
			if (overlays_wanted())                                                     \
				overlay_id((u64)super_, OVERLAY_MOUNTED);                                        \
		}                                                                                  \
	} while (0)

static __always_inline void mountpoint_path(struct call *call, u32 field, struct mount *mount)
{
	mount_path(call, field, (u64)mount, (u64)BPF_CORE_READ(mount, mnt.mnt_root), 0);
}

static __always_inline void current_path(struct call *call, u32 field, struct path *path, u32 whole)
{
	mount_path(call, field, (u64)mount_of(BPF_CORE_READ(path, mnt)),
		   (u64)BPF_CORE_READ(path, dentry), whole);
}

static __always_inline struct fs_struct *current_fs(void)
{
	return BPF_CORE_READ(current_task(), fs);
}

static __always_inline struct path *root_path(void)
{
	return (void *)current_fs() + bpf_core_field_offset(struct fs_struct, root);
}

static __always_inline struct path *working_path(void)
{
	return (void *)current_fs() + bpf_core_field_offset(struct fs_struct, pwd);
}

static __always_inline struct mnt_namespace *current_mnt_ns(void)
{
	return BPF_CORE_READ(current_task(), nsproxy, mnt_ns);
}

static __always_inline struct mount *mount_of_fd(s32 fd)
{
	struct file *file = file_of(fd);

	return file ? mount_of(BPF_CORE_READ(file, f_path.mnt)) : NULL;
}

/* The file system context behind fsopen's or fspick's descriptor, or null when it is another file. */
static __always_inline struct fs_context *fs_context_of(s32 fd)
{
	struct file *file = file_of(fd);
	struct short_name name;

	if (!file)
		return NULL;
	read_short_name(&name, BPF_CORE_READ(file, f_path.dentry));
	return NAME_IS(name, "[fscontext]") ? BPF_CORE_READ(file, private_data) : NULL;
}

static __always_inline void context_fstype(struct call *call, u32 field, struct fs_context *context)
{
	if (context)
		kernel_string(call, field, (u64)BPF_CORE_READ(context, fs_type, name));
}

/* The newest line of the context's log: why the kernel refused (fs/fs_context.c, logfc). */
static __always_inline void context_message(struct call *call, u32 field, struct fs_context *context)
{
	struct fc_log *log = BPF_CORE_READ(context, log.log);
	u64 line = 0;

	if (!log)
		return;
	u8 head = BPF_CORE_READ(log, head);
	if (head == BPF_CORE_READ(log, tail))
		return;
	void *lines = (void *)log + bpf_core_field_offset(struct fc_log, buffer);
	bpf_probe_read_kernel(&line, sizeof(line), lines + ((head - 1) & 7) * sizeof(line));
	kernel_string(call, field, line);
}

/* ---- mount(2) and umount2(2) --------------------------------------------------------------- */

static __always_inline void enter_mount(struct call *call)
{
	struct ev_mount_mount *e = start_record(call, VITRINE_EVENT_mount_mount, sizeof(*e));

	user_string(call, FIELD(mount_mount, source), call->args[0]);
	user_string(call, FIELD(mount_mount, target), call->args[1]);
	user_string(call, FIELD(mount_mount, fstype), call->args[2]);
	user_string(call, FIELD(mount_mount, data), call->args[4]);
	fd_in_path(call, FIELD(mount_mount, source_fd_path), FIELD(mount_mount, source));
	fd_in_path(call, FIELD(mount_mount, target_fd_path), FIELD(mount_mount, target));
	e->flags = call->args[3];
	call->mount_mark = newest_mount(current_mnt_ns());
}

static __always_inline void exit_mount(struct call *call)
{
	struct ev_mount_mount *e = (void *)call->record;

	user_string_again(call, FIELD(mount_mount, source), call->args[0]);
	user_string_again(call, FIELD(mount_mount, target), call->args[1]);
	user_string_again(call, FIELD(mount_mount, fstype), call->args[2]);
	user_string_again(call, FIELD(mount_mount, data), call->args[4]);
	if (call->result)
		return;
	struct mount *mount = mount_after(current_mnt_ns(), call->mount_mark);
	if (!mount)
		return;
	read_mount(&e->new_mount, mount);
	mountpoint_path(call, FIELD(mount_mount, mountpoint), mount);
	DESCRIBE_SOURCE(call, mount_mount, mount);
	DESCRIBE_LAYERS(call, mount_mount, mount);
}

static __always_inline void enter_umount(struct call *call)
{
	struct ev_mount_umount2 *e = start_record(call, VITRINE_EVENT_mount_umount2, sizeof(*e));

	user_string(call, FIELD(mount_umount2, target), call->args[0]);
	fd_in_path(call, FIELD(mount_umount2, target_fd_path), FIELD(mount_umount2, target));
	e->flags = call->args[1];
}

/* ---- roots and working directories --------------------------------------------------------- */

static __always_inline void enter_pivot_root(struct call *call)
{
	start_record(call, VITRINE_EVENT_mount_pivot_root, sizeof(struct ev_mount_pivot_root));
	user_string(call, FIELD(mount_pivot_root, new_root), call->args[0]);
	user_string(call, FIELD(mount_pivot_root, put_old), call->args[1]);
}

static __always_inline void exit_pivot_root(struct call *call)
{
	struct ev_mount_pivot_root *e = (void *)call->record;

	user_string_again(call, FIELD(mount_pivot_root, new_root), call->args[0]);
	user_string_again(call, FIELD(mount_pivot_root, put_old), call->args[1]);
	if (call->result)
		return;
	struct mount *root = mount_of(BPF_CORE_READ(root_path(), mnt));
	read_mount(&e->root, root);
	DESCRIBE_SOURCE(call, mount_pivot_root, root);
	DESCRIBE_LAYERS(call, mount_pivot_root, root);
}

static __always_inline void enter_chroot(struct call *call)
{
	start_record(call, VITRINE_EVENT_mount_chroot, sizeof(struct ev_mount_chroot));
	user_string(call, FIELD(mount_chroot, path), call->args[0]);
	fd_in_path(call, FIELD(mount_chroot, path_fd_path), FIELD(mount_chroot, path));
}

static __always_inline void exit_chroot(struct call *call)
{
	user_string_again(call, FIELD(mount_chroot, path), call->args[0]);
	if (!call->result)
		current_path(call, FIELD(mount_chroot, root), root_path(), 1);
}

static __always_inline void enter_chdir(struct call *call)
{
	start_record(call, VITRINE_EVENT_mount_chdir, sizeof(struct ev_mount_chdir));
	user_string(call, FIELD(mount_chdir, path), call->args[0]);
	fd_in_path(call, FIELD(mount_chdir, path_fd_path), FIELD(mount_chdir, path));
}

static __always_inline void exit_chdir(struct call *call)
{
	user_string_again(call, FIELD(mount_chdir, path), call->args[0]);
	if (!call->result)
		current_path(call, FIELD(mount_chdir, cwd), working_path(), 0);
}

static __always_inline void enter_fchdir(struct call *call)
{
	struct ev_mount_fchdir *e = start_record(call, VITRINE_EVENT_mount_fchdir, sizeof(*e));

	e->fd = call->args[0];
	fd_path(call, FIELD(mount_fchdir, fd_path), e->fd);
}

static __always_inline void exit_fchdir(struct call *call)
{
	if (!call->result)
		current_path(call, FIELD(mount_fchdir, cwd), working_path(), 0);
}

/* ---- the mount API by descriptors ---------------------------------------------------------- */

static __always_inline void enter_fsopen(struct call *call)
{
	struct ev_mount_fsopen *e = start_record(call, VITRINE_EVENT_mount_fsopen, sizeof(*e));

	user_string(call, FIELD(mount_fsopen, fstype), call->args[0]);
	e->flags = call->args[1];
}

static __always_inline void fsconfig_value(struct call *call, u32 command)
{
	const u32 field = FIELD(mount_fsconfig, value);

	if (command == FSCONFIG_SET_BINARY)
		user_bytes(call, field, call->args[3], (u32)call->args[4], STRING_MAX - 1);
	else if (command == FSCONFIG_SET_STRING || command == FSCONFIG_SET_PATH ||
		 command == FSCONFIG_SET_PATH_EMPTY)
		user_string(call, field, call->args[3]);
	else
		absent_string(call, field);
}

static __always_inline void enter_fsconfig(struct call *call)
{
	struct ev_mount_fsconfig *e = start_record(call, VITRINE_EVENT_mount_fsconfig, sizeof(*e));

	e->fd = call->args[0];
	e->command = call->args[1];
	e->aux = call->args[4];
	user_string(call, FIELD(mount_fsconfig, key), call->args[2]);
	fsconfig_value(call, e->command);
	if (e->command == FSCONFIG_SET_FD)
		fd_path(call, FIELD(mount_fsconfig, value_fd_path), e->aux);
	else
		fd_in_path(call, FIELD(mount_fsconfig, value_fd_path), FIELD(mount_fsconfig, value));
	/* Now: a create that succeeds hands the context over. */
	context_fstype(call, FIELD(mount_fsconfig, context_fstype), fs_context_of(e->fd));
}

static __always_inline void exit_fsconfig(struct call *call)
{
	struct ev_mount_fsconfig *e = (void *)call->record;

	user_string_again(call, FIELD(mount_fsconfig, key), call->args[2]);
	if (is_unreadable(call, FIELD(mount_fsconfig, value))) {
		fsconfig_value(call, e->command);
		if (!is_unreadable(call, FIELD(mount_fsconfig, value)))
			e->value.state |= VITRINE_STRING_AT_EXIT;
	}
	struct fs_context *context = fs_context_of(e->fd);
	if (call->result < 0 && context)
		context_message(call, FIELD(mount_fsconfig, message), context);
}

static __always_inline void enter_fsmount(struct call *call)
{
	struct ev_mount_fsmount *e = start_record(call, VITRINE_EVENT_mount_fsmount, sizeof(*e));

	e->fd = call->args[0];
	e->flags = call->args[1];
	e->attr_flags = call->args[2];
}

static __always_inline void exit_fsmount(struct call *call)
{
	struct ev_mount_fsmount *e = (void *)call->record;
	struct mount *mount = call->result < 0 ? NULL : mount_of_fd(call->result);

	if (!mount)
		return;
	read_mount(&e->new_mount, mount);
	DESCRIBE_SOURCE(call, mount_fsmount, mount);
	DESCRIBE_LAYERS(call, mount_fsmount, mount);
}

static __always_inline void enter_fspick(struct call *call)
{
	struct ev_mount_fspick *e = start_record(call, VITRINE_EVENT_mount_fspick, sizeof(*e));

	e->dirfd = call->args[0];
	e->flags = call->args[2];
	fd_path(call, FIELD(mount_fspick, dirfd_path), e->dirfd);
	user_string(call, FIELD(mount_fspick, path), call->args[1]);
	fd_in_path(call, FIELD(mount_fspick, path_fd_path), FIELD(mount_fspick, path));
}

static __always_inline void exit_fspick(struct call *call)
{
	user_string_again(call, FIELD(mount_fspick, path), call->args[1]);
	if (call->result >= 0)
		context_fstype(call, FIELD(mount_fspick, context_fstype),
			       fs_context_of(call->result));
}

static __always_inline void enter_open_tree(struct call *call)
{
	struct ev_mount_open_tree *e = start_record(call, VITRINE_EVENT_mount_open_tree, sizeof(*e));

	e->dirfd = call->args[0];
	e->flags = call->args[2];
	fd_path(call, FIELD(mount_open_tree, dirfd_path), e->dirfd);
	user_string(call, FIELD(mount_open_tree, path), call->args[1]);
	fd_in_path(call, FIELD(mount_open_tree, path_fd_path), FIELD(mount_open_tree, path));
}

static __always_inline void exit_open_tree(struct call *call)
{
	struct ev_mount_open_tree *e = (void *)call->record;
	struct mount *mount = call->result < 0 ? NULL : mount_of_fd(call->result);

	user_string_again(call, FIELD(mount_open_tree, path), call->args[1]);
	if (!mount)
		return;
	read_mount(&e->new_mount, mount);
	DESCRIBE_SOURCE(call, mount_open_tree, mount);
}

static __always_inline void enter_move_mount(struct call *call)
{
	struct ev_mount_move_mount *e = start_record(call, VITRINE_EVENT_mount_move_mount, sizeof(*e));

	e->from_dirfd = call->args[0];
	e->to_dirfd = call->args[2];
	e->flags = call->args[4];
	fd_path(call, FIELD(mount_move_mount, from_dirfd_path), e->from_dirfd);
	fd_path(call, FIELD(mount_move_mount, to_dirfd_path), e->to_dirfd);
	user_string(call, FIELD(mount_move_mount, from_path), call->args[1]);
	user_string(call, FIELD(mount_move_mount, to_path), call->args[3]);
	fd_in_path(call, FIELD(mount_move_mount, to_path_fd_path), FIELD(mount_move_mount, to_path));
}

static __always_inline void exit_move_mount(struct call *call)
{
	struct ev_mount_move_mount *e = (void *)call->record;

	user_string_again(call, FIELD(mount_move_mount, from_path), call->args[1]);
	user_string_again(call, FIELD(mount_move_mount, to_path), call->args[3]);
	/* Only a descriptor says which mount it is; a from_path would have to be walked again. */
	if (call->result || e->from_path.length)
		return;
	struct mount *mount = mount_of_fd(e->from_dirfd);
	if (!mount)
		return;
	read_mount(&e->new_mount, mount);
	mountpoint_path(call, FIELD(mount_move_mount, mountpoint), mount);
	DESCRIBE_SOURCE(call, mount_move_mount, mount);
	DESCRIBE_LAYERS(call, mount_move_mount, mount);
}

static __always_inline void read_attributes(struct call *call, struct ev_mount_mount_setattr *e)
{
	struct mount_attributes attributes = {};

	bpf_probe_read_user(&attributes, sizeof(attributes), (void *)call->args[3]);
	e->attr_set = attributes.attr_set;
	e->attr_clr = attributes.attr_clr;
	e->propagation = attributes.propagation;
	e->userns_fd = attributes.userns_fd;
}

static __always_inline void enter_mount_setattr(struct call *call)
{
	struct ev_mount_mount_setattr *e =
		start_record(call, VITRINE_EVENT_mount_mount_setattr, sizeof(*e));

	e->dirfd = call->args[0];
	e->flags = call->args[2];
	e->size = call->args[4];
	fd_path(call, FIELD(mount_mount_setattr, dirfd_path), e->dirfd);
	user_string(call, FIELD(mount_mount_setattr, path), call->args[1]);
	fd_in_path(call, FIELD(mount_mount_setattr, path_fd_path), FIELD(mount_mount_setattr, path));
	read_attributes(call, e);
}

static __always_inline void exit_mount_setattr(struct call *call)
{
	struct ev_mount_mount_setattr *e = (void *)call->record;

	user_string_again(call, FIELD(mount_mount_setattr, path), call->args[1]);
	/* Not readable at entry looks like a struct of zeros, which asks for nothing. */
	if (!(e->attr_set | e->attr_clr | e->propagation))
		read_attributes(call, e);
}

/* ---- programs ------------------------------------------------------------------------------ */

SEC("tracepoint")
int mount_enter(struct syscall_enter_context *context)
{
	u32 id = entered_call(context);
	struct call *call = id ? begin_call(id) : NULL;

	if (!call)
		return 0;
	switch (call->id) {
	case VITRINE_CALL_mount: enter_mount(call); break;
	case VITRINE_CALL_umount2: enter_umount(call); break;
	case VITRINE_CALL_pivot_root: enter_pivot_root(call); break;
	case VITRINE_CALL_chroot: enter_chroot(call); break;
	case VITRINE_CALL_chdir: enter_chdir(call); break;
	case VITRINE_CALL_fchdir: enter_fchdir(call); break;
	case VITRINE_CALL_fsopen: enter_fsopen(call); break;
	case VITRINE_CALL_fsconfig: enter_fsconfig(call); break;
	case VITRINE_CALL_fsmount: enter_fsmount(call); break;
	case VITRINE_CALL_fspick: enter_fspick(call); break;
	case VITRINE_CALL_open_tree: enter_open_tree(call); break;
	case VITRINE_CALL_move_mount: enter_move_mount(call); break;
	case VITRINE_CALL_mount_setattr: enter_mount_setattr(call); break;
	}
	return 0;
}

SEC("tracepoint")
int mount_exit(struct syscall_exit_context *context)
{
	struct call *call = current_call(context);

	if (!call)
		return 0;
	switch (call->id) {
	case VITRINE_CALL_mount: exit_mount(call); break;
	case VITRINE_CALL_umount2: user_string_again(call, FIELD(mount_umount2, target), call->args[0]); break;
	case VITRINE_CALL_pivot_root: exit_pivot_root(call); break;
	case VITRINE_CALL_chroot: exit_chroot(call); break;
	case VITRINE_CALL_chdir: exit_chdir(call); break;
	case VITRINE_CALL_fchdir: exit_fchdir(call); break;
	case VITRINE_CALL_fsopen: user_string_again(call, FIELD(mount_fsopen, fstype), call->args[0]); break;
	case VITRINE_CALL_fsconfig: exit_fsconfig(call); break;
	case VITRINE_CALL_fsmount: exit_fsmount(call); break;
	case VITRINE_CALL_fspick: exit_fspick(call); break;
	case VITRINE_CALL_open_tree: exit_open_tree(call); break;
	case VITRINE_CALL_move_mount: exit_move_mount(call); break;
	case VITRINE_CALL_mount_setattr: exit_mount_setattr(call); break;
	default: return 0; /* a call of another subject */
	}
	end_call(call);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

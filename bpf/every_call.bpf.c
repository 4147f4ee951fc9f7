// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Two programs on the entry and exit of every system call, which pass the watched ones on. Attached and
 * gone in no time, but each call of the whole host pays for them: for the first moment of a trace. A
 * longer one changes to a tracepoint for each watched call (see each_call).
 */
#include "emit.bpf.h"

#define TS_COMPAT 2       /* arch/x86/include/asm/thread_info.h */
#define TIF_32BIT (1 << 22) /* arch/arm64/include/asm/thread_info.h */

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, VITRINE_CALL_LIMIT);
	__type(key, u32);
	__type(value, u32);
} entry_programs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, VITRINE_CALL_LIMIT);
	__type(key, u32);
	__type(value, u32);
} exit_programs SEC(".maps");

static __always_inline u32 call_of(s32 number)
{
	if (number < 0 || number >= VITRINE_SYSCALL_LIMIT)
		return VITRINE_CALL_NONE;
	return settings.call_of_number[number];
}

/* Calls of 32-bit programs have numbers of their own. The tracepoints of each call skip them too. */
static __always_inline bool is_compat(void)
{
#if defined(__TARGET_ARCH_x86)
	return BPF_CORE_READ(current_task(), thread_info.status) & TS_COMPAT;
#else
	return BPF_CORE_READ(current_task(), thread_info.flags) & TIF_32BIT;
#endif
}

SEC("tracepoint")
int every_call_enter(struct syscall_enter_context *context)
{
	u32 call = call_of(context->number);
	u32 zero = 0;

	if (!call || each_call || !is_followed() || is_compat())
		return 0;
	u32 *passed = bpf_map_lookup_elem(&passed_on, &zero);
	if (!passed)
		return 0;
	*passed = call;
	bpf_tail_call(context, &entry_programs, call);
	return 0;
}

SEC("tracepoint")
int every_call_exit(struct syscall_exit_context *context)
{
	u32 call = call_of(context->number);

	if (!call || !is_followed() || is_compat())
		return 0;
	bpf_tail_call(context, &exit_programs, call);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: Apache-2.0
#include "userspace/loader/attach_ids.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <mutex>
#include <string_view>

#include <linux/btf.h>

namespace vitrine::loader {
namespace {

/// Of the AttachIds that lives, else null.
const KernelBtf*& present_kernel() {
  static const KernelBtf* kernel = nullptr;
  return kernel;
}

template<bpf_attach_type Attach>
int prepare(bpf_program* program, bpf_prog_load_opts* options, long /*cookie*/) noexcept {
  const std::string_view section = bpf_program__section_name(program);
  const KernelBtf* kernel = present_kernel();
  if (kernel == nullptr) return -ESRCH;
  const auto id =
      AttachIds::find(*kernel, Attach, std::string(section.substr(section.find('/') + 1)));
  if (!id) return -ESRCH;
  options->attach_btf_id = *id;
  options->expected_attach_type = Attach;
  const int error = bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);
  return error != 0 ? error : bpf_program__set_expected_attach_type(program, Attach);
}

void add(const char* section, libbpf_prog_prepare_load_fn_t prepare_load) {
  libbpf_prog_handler_opts options = {};
  options.sz = sizeof options;
  options.prog_prepare_load_fn = prepare_load;
  libbpf_register_prog_handler(section, BPF_PROG_TYPE_TRACEPOINT, static_cast<bpf_attach_type>(0),
                               &options);
}

/// For good: when the last handler goes, libbpf 1.1 frees their table and uses it again.
void add_handlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    add("tp_btf+", prepare<BPF_TRACE_RAW_TP>);
    add("fentry+", prepare<BPF_TRACE_FENTRY>);
    add("iter+", prepare<BPF_TRACE_ITER>);
  });
}

} // namespace

AttachIds::AttachIds(const KernelBtf& kernel) {
  add_handlers();
  present_kernel() = &kernel;
}

AttachIds::~AttachIds() {
  present_kernel() = nullptr;
}

std::optional<std::uint32_t> AttachIds::find(const KernelBtf& kernel, bpf_attach_type attach,
                                             const std::string& target) {
  if (attach == BPF_TRACE_RAW_TP) return kernel.find(BTF_KIND_TYPEDEF, "btf_trace_" + target);
  return kernel.find(BTF_KIND_FUNC, attach == BPF_TRACE_ITER ? "bpf_iter_" + target : target);
}

} // namespace vitrine::loader

// SPDX-License-Identifier: Apache-2.0
#include "userspace/loader/kernel_btf.h"

#include <gtest/gtest.h>

#include <bpf/btf.h>

#include <memory>

namespace vitrine::loader {
namespace {

struct Deleter {
  void operator()(btf* types) const { btf__free(types); }
};

/// libbpf's own full parse is the witness.
class KernelBtfTest : public testing::Test {
protected:
  void SetUp() override {
    auto opened = KernelBtf::open_kernel();
    if (!opened) GTEST_SKIP() << opened.error().message();
    kernel_ = std::make_unique<KernelBtf>(std::move(*opened));
    witness_.reset(btf__load_vmlinux_btf());
    ASSERT_NE(witness_, nullptr);
  }
  std::unique_ptr<KernelBtf> kernel_;
  std::unique_ptr<btf, Deleter> witness_;
};

TEST_F(KernelBtfTest, HasEveryTypeOfTheKernel) {
  ASSERT_EQ(kernel_->end_id(), btf__type_cnt(witness_.get()));
  for (std::uint32_t id = 1; id < kernel_->end_id(); ++id) {
    const btf_type* type = btf__type_by_id(witness_.get(), id);
    ASSERT_EQ(kernel_->kind(id), static_cast<int>(btf_kind(type)));
    ASSERT_EQ(kernel_->name(id), btf__name_by_offset(witness_.get(), type->name_off));
  }
}

TEST_F(KernelBtfTest, FindsWhatTracepointsAreAttachedBy) {
  const auto id = kernel_->find(BTF_KIND_TYPEDEF, "btf_trace_sched_process_exit");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(
      static_cast<int>(*id),
      btf__find_by_name_kind(witness_.get(), "btf_trace_sched_process_exit", BTF_KIND_TYPEDEF));
}

TEST_F(KernelBtfTest, FindsMembersInsideAnonymousParts) {
  // struct qstr { union { struct { u32 hash; u32 len; }; u64 hash_len; }; const unsigned char
  // *name; }
  EXPECT_EQ(kernel_->member_offset("qstr", "len"), 4U);
  EXPECT_EQ(kernel_->member_offset("qstr", "name"), 8U);
  EXPECT_EQ(kernel_->member_offset("qstr", "nothing"), std::nullopt);
  EXPECT_EQ(kernel_->member_offset("no_such_struct", "len"), std::nullopt);
}

} // namespace
} // namespace vitrine::loader

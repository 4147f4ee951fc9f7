// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/steps/device_rule.h"

#include "userspace/base/unique_fd.h"

#include <cerrno>
#include <string_view>

#include <sys/syscall.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

constexpr std::uint32_t kAllAccess = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;

// Registers of the program: what the kernel asks about, from struct bpf_cgroup_dev_ctx.
constexpr std::uint8_t kContext = BPF_REG_1;
constexpr std::uint8_t kType = BPF_REG_2;
constexpr std::uint8_t kAccess = BPF_REG_3;
constexpr std::uint8_t kMajor = BPF_REG_4;
constexpr std::uint8_t kMinor = BPF_REG_5;
constexpr std::uint8_t kScratch = BPF_REG_6;

DeviceRule allow(char type, std::optional<std::uint32_t> major, std::optional<std::uint32_t> minor,
                 const char* access) {
  return {true, type, major, minor, access};
}

std::uint32_t access_bits(std::string_view letters) {
  std::uint32_t bits = 0;
  for (const char letter : letters) {
    if (letter == 'r') bits |= BPF_DEVCG_ACC_READ;
    if (letter == 'w') bits |= BPF_DEVCG_ACC_WRITE;
    if (letter == 'm') bits |= BPF_DEVCG_ACC_MKNOD;
  }
  return bits;
}

bpf_insn instruction(int code, std::uint8_t to, std::uint8_t from, std::int16_t offset,
                     std::uint32_t immediate) {
  bpf_insn out{};
  out.code = static_cast<std::uint8_t>(code);
  out.dst_reg = to & 0xf;
  out.src_reg = from & 0xf;
  out.off = offset;
  out.imm = static_cast<std::int32_t>(immediate);
  return out;
}

bpf_insn load(std::uint8_t to, std::size_t offset) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, to, kContext, static_cast<std::int16_t>(offset), 0);
}

/// Jumps, to where is filled in later, when `condition` holds between register and number.
bpf_insn jump(int condition, std::uint8_t reg, std::uint32_t number) {
  return instruction(BPF_JMP32 | condition | BPF_K, reg, 0, 0, number);
}

/// "If this rule does not fit, go on": the checks of one rule, each a jump to its end.
void append_rule(const DeviceRule& rule, std::vector<bpf_insn>& program) {
  const std::size_t start = program.size();
  if (rule.type != 'a')
    program.push_back(
        jump(BPF_JNE, kType, rule.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR));
  const std::uint32_t bits = access_bits(rule.access);
  if (bits != kAllAccess) {
    // To be allowed, all that is asked for must be; to be denied, any of it.
    program.push_back(instruction(BPF_ALU | BPF_MOV | BPF_X, kScratch, kAccess, 0, 0));
    program.push_back(
        instruction(BPF_ALU | BPF_AND | BPF_K, kScratch, 0, 0, rule.allow ? ~bits : bits));
    program.push_back(jump(rule.allow ? BPF_JNE : BPF_JEQ, kScratch, 0));
  }
  if (rule.major) program.push_back(jump(BPF_JNE, kMajor, *rule.major));
  if (rule.minor) program.push_back(jump(BPF_JNE, kMinor, *rule.minor));
  program.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, rule.allow ? 1 : 0));
  program.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  for (std::size_t i = start; i < program.size(); ++i)
    if (BPF_CLASS(program[i].code) == BPF_JMP32)
      program[i].off = static_cast<std::int16_t>(program.size() - i - 1);
}

bool fits_everything(const DeviceRule& rule) {
  return rule.type == 'a' && !rule.major && !rule.minor && access_bits(rule.access) == kAllAccess;
}

} // namespace

std::vector<DeviceRule> effective_device_rules(const std::vector<DeviceRule>& own) {
  std::vector<DeviceRule> rules = {{false, 'a', {}, {}, "rwm"}};
  rules.insert(rules.end(), own.begin(), own.end());
  rules.push_back(allow('c', {}, {}, "m"));
  rules.push_back(allow('b', {}, {}, "m"));
  for (const std::uint32_t minor : {3U, 5U, 7U, 8U, 9U}) // null zero full random urandom
    rules.push_back(allow('c', 1, minor, "rwm"));
  for (const std::uint32_t minor : {0U, 1U, 2U}) // tty console ptmx
    rules.push_back(allow('c', 5, minor, "rwm"));
  rules.push_back(allow('c', 136, {}, "rwm")); // pts
  return rules;
}

std::string device_rule_line(const DeviceRule& rule) {
  if (fits_everything(rule)) return "a";
  const auto number = [](const std::optional<std::uint32_t>& value) {
    return value ? fmt::format("{}", *value) : "*";
  };
  return fmt::format("{} {}:{} {}", rule.type, number(rule.major), number(rule.minor), rule.access);
}

std::vector<bpf_insn> device_program(const std::vector<DeviceRule>& rules) {
  // access_type holds the access in its upper half and the type in its lower one.
  std::vector<bpf_insn> program = {
      load(kType, offsetof(bpf_cgroup_dev_ctx, access_type)),
      instruction(BPF_ALU | BPF_MOV | BPF_X, kAccess, kType, 0, 0),
      instruction(BPF_ALU | BPF_AND | BPF_K, kType, 0, 0, 0xffff),
      instruction(BPF_ALU | BPF_RSH | BPF_K, kAccess, 0, 0, 16),
      load(kMajor, offsetof(bpf_cgroup_dev_ctx, major)),
      load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor)),
  };
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    append_rule(*rule, program);
    if (fits_everything(*rule)) return program; // the verifier refuses what cannot be reached
  }
  program.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0));
  program.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  return program;
}

Result<void> attach_device_program(int cgroup, const std::vector<bpf_insn>& program) {
  bpf_attr load_attributes{};
  load_attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load_attributes.insn_cnt = static_cast<std::uint32_t>(program.size());
  load_attributes.insns = reinterpret_cast<std::uint64_t>(program.data());
  load_attributes.license = reinterpret_cast<std::uint64_t>("Apache-2.0");
  const UniqueFd loaded(static_cast<int>(
      ::syscall(SYS_bpf, BPF_PROG_LOAD, &load_attributes, sizeof load_attributes)));
  if (!loaded.valid())
    return with_hint(os_error(errno, "load the program that guards devices"),
                     "cgroup v2 needs BPF for it, which needs root");
  bpf_attr attach_attributes{};
  attach_attributes.target_fd = static_cast<std::uint32_t>(cgroup);
  attach_attributes.attach_bpf_fd = static_cast<std::uint32_t>(loaded.get());
  attach_attributes.attach_type = BPF_CGROUP_DEVICE;
  attach_attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (::syscall(SYS_bpf, BPF_PROG_ATTACH, &attach_attributes, sizeof attach_attributes) < 0)
    return os_error(errno, "attach the program that guards devices");
  return {};
}

} // namespace vitrine::oci

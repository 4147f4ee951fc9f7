// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// The subjects of the event table; each makes its calls in children of its own.
namespace vitrine::workload {

/// `statement` is the file to which what an exec starts adds its lines.
void process_calls(const std::string& statement);
void namespace_calls();
/// `room` is an empty directory of ours.
void mount_calls(const std::string& room);
void mount_api_calls(const std::string& room);
void network_calls(const std::string& room);
void cgroup_calls();
void security_calls();

/// What a program that process_calls() executed has to say, given as its arguments.
[[noreturn]] void after_exec(int argc, char** argv);

} // namespace vitrine::workload

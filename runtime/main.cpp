// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/report.h"
#include "runtime/oci/run.h"
#include "runtime/oci/state_directory.h"
#include "userspace/base/text_escape.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include <fcntl.h>
#include <getopt.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

constexpr std::string_view kHelp = R"(usage: vitrine-runtime [--root DIR] COMMAND [OPTIONS]

An OCI container runtime: carries out a bundle's config.json.

Commands:
  run [--bundle DIR] [--config FILE] ID
        create the container ID, run its command in the foreground, remove it

Options:
  --root DIR      where the runtime keeps what it knows (default: /run/vitrine-runtime)
  -b, --bundle DIR    the directory with config.json (default: .)
  -f, --config FILE   read this file instead of DIR/config.json
  -h, --help      this help
  -v, --version   the version

Exit status: the command's own, 128+n after signal n, 126 when it cannot be
executed, 127 when it is not found; 1 when there is no container (the reason is
on stderr), 2 wrong usage.

Examples:
  vitrine-runtime run --bundle /srv/web web1
  vitrine-runtime --root /tmp/state run --config ./config.json test
)";

void print(int descriptor, std::string_view text) {
  (void)!::write(descriptor, text.data(), text.size());
}

int wrong_usage(const std::string& what) {
  print(STDERR_FILENO,
        fmt::format("vitrine-runtime: {}\n  hint: see vitrine-runtime --help\n", what));
  return kWrongUsage;
}

/// Descriptors 0 to 2 are taken, so that nothing we open can be mistaken for a standard stream.
void occupy_standard_streams() {
  for (;;) {
    const int descriptor = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return;
    if (descriptor > STDERR_FILENO) {
      ::close(descriptor);
      return;
    }
    ::fcntl(descriptor, F_SETFD, 0); // the container inherits these three
  }
}

int run(RunOptions options, int argc, char** argv) {
  constexpr option kOptions[] = {{"bundle", required_argument, nullptr, 'b'},
                                 {"config", required_argument, nullptr, 'f'},
                                 {"help", no_argument, nullptr, 'h'},
                                 {nullptr, 0, nullptr, 0}};
  ::optind = 0; // getopt_long(3), NOTES: start over with another argv
  for (int key = 0; (key = ::getopt_long(argc, argv, "+b:f:h", kOptions, nullptr)) != -1;) {
    switch (key) {
    case 'b':
      options.bundle = ::optarg;
      break;
    case 'f':
      options.config = ::optarg;
      break;
    case 'h':
      print(STDOUT_FILENO, kHelp);
      return 0;
    default:
      return kWrongUsage; // getopt has said what
    }
  }
  if (options.bundle.empty() && options.config.empty()) options.bundle = ".";
  if (argc - ::optind != 1) return wrong_usage("run takes one argument, the container's id");
  options.id = argv[::optind];
  if (!is_container_id(options.id))
    return wrong_usage(fmt::format("not a container id: \"{}\"", escape_text(options.id)));
  const auto status = run_container(options);
  if (status) return *status;
  report_error(status.error());
  return kFailed;
}

int main_with_arguments(int argc, char** argv) {
  constexpr option kOptions[] = {{"root", required_argument, nullptr, 'r'},
                                 {"help", no_argument, nullptr, 'h'},
                                 {"version", no_argument, nullptr, 'v'},
                                 {nullptr, 0, nullptr, 0}};
  RunOptions options;
  options.root = "/run/vitrine-runtime";
  for (int key = 0; (key = ::getopt_long(argc, argv, "+hv", kOptions, nullptr)) != -1;) {
    switch (key) {
    case 'r':
      options.root = ::optarg;
      break;
    case 'h':
      print(STDOUT_FILENO, kHelp);
      return 0;
    case 'v':
      print(STDOUT_FILENO, "vitrine-runtime " VITRINE_VERSION "\nspec: 1.0.2\n");
      return 0;
    default:
      return kWrongUsage;
    }
  }
  if (::optind == argc) return wrong_usage("which command?");
  if (options.root.empty() || options.root.front() != '/' ||
      options.root.find_first_of(",:\\") != std::string::npos)
    return wrong_usage(
        "--root takes an absolute path without \",\", \":\" and \"\\\", which overlay "
        "options cannot hold");
  const std::string_view command = argv[::optind];
  if (command == "run") return run(options, argc - ::optind, argv + ::optind);
  return wrong_usage(fmt::format("no such command: \"{}\"", escape_text(command)));
}

} // namespace
} // namespace vitrine::oci

int main(int argc, char** argv) {
  // Nobody in the container may look into this process while it is still one of ours there
  // (CVE-2016-9962, CVE-2019-5736). Without root it would also hide the child's id maps from us.
  if (::geteuid() == 0) ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  vitrine::oci::occupy_standard_streams();
  return vitrine::oci::main_with_arguments(argc, argv);
}

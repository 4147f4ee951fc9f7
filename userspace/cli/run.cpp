// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/run.h"

#include "runtime/image/store.h"
#include "userspace/base/directory_tree.h"
#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"
#include "userspace/cli/run_config.h"

#include <array>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace vitrine::cli {
namespace {

constexpr const char* kDemo = "demo";
/// As /etc/subuid has it where nothing else is set up.
constexpr std::uint32_t kFirstSubordinateId = 100'000;
constexpr std::uint32_t kSubordinateIds = 65'536;

constexpr const char* kFooter =
    R"(IMAGE is an image's name; with none, "demo", which is built in. With --rootfs
there is no IMAGE: every word is the command's. Whatever the container changes
is gone with it; the image and DIR stay as they are.

When stdin and stdout are a terminal, the container gets one of its own.
SIGINT, SIGTERM and others are passed on; a command that does not handle them
ends, as it would without a container. After SIGTERM it has ten seconds.

Exit status: the command's own, 128+N after signal N, 126 when it cannot be
executed, 127 when it is not found; 1 when there was no container, 2 wrong usage.

VITRINE_STATE is another way to say --root.

Examples:
  vitrine run                          the demo: shows where it is
  vitrine run demo sh                  a shell in it
  vitrine run -m 64m --cpus 0.5 --pids-limit 20 demo sh
  vitrine run --userns --user guest demo id
  vitrine run --rootfs /srv/debian bash
  vitrine trace run demo true          how it comes into being
)";

bool is_unprivileged() {
  return ::geteuid() != 0;
}

/// The directory of this program.
std::string program_directory() {
  std::array<char, 4096> path;
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0 || static_cast<std::size_t>(length) == path.size()) return {};
  const std::string text(path.data(), static_cast<std::size_t>(length));
  return text.substr(0, text.rfind('/'));
}

Result<std::string> find_runtime() {
  const std::string here = program_directory();
  for (const std::string& path :
       {here + "/vitrine-runtime", here + "/../libexec/vitrine/vitrine-runtime"})
    if (::access(path.c_str(), X_OK) == 0) return path;
  const char* variable = ::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const std::string path = std::string(rest.substr(0, colon)) + "/vitrine-runtime";
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    if (path.front() == '/' && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return with_hint(failure("vitrine-runtime is neither beside this program nor in PATH"),
                   "build it, or install Vitrine as a whole");
}

/// Whether an overlay's upper layer can lie there: those file systems lack what it needs.
bool can_carry_upper(const std::string& directory) {
  struct statfs info {};
  if (::statfs(directory.c_str(), &info) < 0) return false;
  return info.f_type != OVERLAYFS_SUPER_MAGIC && info.f_type != V9FS_MAGIC &&
         info.f_type != NFS_SUPER_MAGIC;
}

/// Makes `directory` if it can be used.
bool try_directory(const std::string& directory) {
  return make_directories(directory, 0711) && ::access(directory.c_str(), W_OK) == 0 &&
         can_carry_upper(directory);
}

/// Where images and containers are kept.
Result<std::string> find_state(const RunOptions& options) {
  const char* variable = ::getenv("VITRINE_STATE");
  const std::string asked = !options.root.empty() ? options.root
                            : variable != nullptr ? variable
                                                  : "";
  if (!asked.empty()) {
    if (asked.front() != '/' || asked.find_first_of(",:\\") != std::string::npos)
      return failure("--root takes an absolute path without \",\", \":\" and \"\\\"");
    return asked;
  }
  std::vector<std::string> candidates = {"/var/lib/vitrine", "/run/vitrine"};
  if (is_unprivileged()) {
    candidates.clear();
    if (const char* home = ::getenv("HOME"); home != nullptr && *home == '/')
      candidates.push_back(std::string(home) + "/.local/share/vitrine");
    if (const char* runtime = ::getenv("XDG_RUNTIME_DIR"); runtime != nullptr && *runtime == '/')
      candidates.push_back(std::string(runtime) + "/vitrine");
  }
  for (const std::string& candidate : candidates)
    if (try_directory(candidate)) return candidate;
  return with_hint(failure("no place for containers: {}", fmt::join(candidates, ", ")),
                   "give a writable directory with --root; overlay, NFS and 9p cannot carry one");
}

Result<std::string> read_demo(std::string& directory) {
  const std::string here = program_directory();
  for (const char* place : {"/../share/vitrine/demo", "/../../share/vitrine/demo"}) {
    directory = here + place;
    if (auto text = read_file_at(AT_FDCWD, directory + "/image.json"); text) return text;
  }
  return with_hint(failure("the demo image is not beside this program"),
                   "build it, or install Vitrine as a whole");
}

std::string random_id() {
  std::array<unsigned char, 6> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    bytes.fill(static_cast<unsigned char>(::getpid()));
  std::string id;
  for (const unsigned char byte : bytes)
    id += fmt::format("{:02x}", byte);
  return id;
}

void plan_user_namespace(RunPlan& plan) {
  plan.first_uid = plan.unprivileged ? ::geteuid() : kFirstSubordinateId;
  plan.first_gid = plan.unprivileged ? ::getegid() : kFirstSubordinateId;
  plan.id_count = plan.unprivileged ? 1 : kSubordinateIds;
}

Result<image::Image> plan_demo(const std::string& state, RunPlan& plan) {
  std::string source;
  const auto text = read_demo(source);
  if (!text) return tl::unexpected(text.error());
  auto image = image::parse_image(*text);
  if (!image) return image;
  const image::Store store(state + "/images");
  auto layers =
      store.layers(*image, source, {plan.user_namespace ? plan.first_uid : 0, plan.unprivileged});
  if (!layers) return context(std::move(layers).error(), "image demo");
  plan.layers = *std::move(layers);
  return image;
}

/// A directory as the only layer.
Result<void> plan_rootfs(const std::string& path, RunPlan& plan) {
  const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), ::free);
  if (real == nullptr) return os_error(errno, "--rootfs {}", escape_text(path));
  struct stat info {};
  if (::stat(real.get(), &info) < 0) return os_error(errno, "--rootfs {}", escape_text(path));
  if (!S_ISDIR(info.st_mode)) return os_error(ENOTDIR, "--rootfs {}", escape_text(path));
  plan.layers = {real.get()};
  if (plan.user_namespace && info.st_uid != plan.first_uid)
    return with_hint(
        failure("--rootfs {}: its files belong to user {}, whom the user namespace does "
                "not map",
                escape_text(path), info.st_uid),
        fmt::format("run without --userns, or give the files to user {}: chown -R",
                    plan.first_uid));
  return {};
}

/// NAME=VALUE, or NAME for the caller's value; later ones replace earlier ones.
void add_variable(std::vector<std::string>& env, std::string variable) {
  const auto equals = variable.find('=');
  if (equals == std::string::npos) {
    const char* value = ::getenv(variable.c_str());
    if (value == nullptr) return;
    variable += fmt::format("={}", value);
  }
  const std::string name = variable.substr(0, variable.find('=') + 1);
  std::erase_if(env, [&](const std::string& known) { return known.starts_with(name); });
  env.push_back(std::move(variable));
}

void plan_environment(const RunOptions& options, const image::Image& image, RunPlan& plan) {
  plan.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  add_variable(plan.env, "HOSTNAME=" + plan.hostname);
  add_variable(plan.env, "HOME=" + plan.user.home);
  if (plan.terminal) {
    add_variable(plan.env, "TERM=xterm");
    add_variable(plan.env, "TERM");
  }
  for (const std::string& variable : image.env)
    add_variable(plan.env, variable);
  for (const std::string& variable : options.env)
    add_variable(plan.env, variable);
}

Result<void> plan_command(const RunOptions& options, const image::Image& image, RunPlan& plan) {
  plan.command = image.entrypoint;
  const std::vector<std::string>& words = options.command.empty() ? image.command : options.command;
  plan.command.insert(plan.command.end(), words.begin(), words.end());
  if (!plan.command.empty() && !plan.command.front().empty()) return {};
  return with_hint(failure("which command?"), "for example: vitrine run --rootfs DIR sh");
}

Result<void> plan_process(const RunOptions& options, const image::Image& image, RunPlan& plan) {
  if (auto done = plan_command(options, image, plan); !done) return done;
  const std::string image_user = image.user.empty() ? "0" : image.user;
  auto found = find_user(options.user.value_or(image_user), plan.layers);
  if (!found) return tl::unexpected(std::move(found).error());
  plan.user = *std::move(found);
  plan.working_directory = !options.working_directory.empty() ? options.working_directory
                           : !image.working_directory.empty() ? image.working_directory
                                                              : "/";
  plan.terminal = options.terminal || (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1);
  plan_environment(options, image, plan);
  return {};
}

/// Everything but the state directory, which is made only for a plan without mistakes.
Result<RunPlan> make_run_plan(const RunOptions& options, const std::string& state) {
  RunPlan plan;
  const auto limits = parse_limits(options);
  if (!limits) return tl::unexpected(limits.error());
  plan.limits = *limits;
  plan.id = options.name.empty() ? random_id() : options.name;
  plan.hostname = options.hostname.empty() ? plan.id.substr(0, 63) : options.hostname;
  plan.read_only = options.read_only;
  plan.user_namespace = options.user_namespace;
  plan.unprivileged = is_unprivileged();
  plan_user_namespace(plan);
  image::Image image;
  if (!options.rootfs.empty()) {
    if (auto done = plan_rootfs(options.rootfs, plan); !done)
      return tl::unexpected(std::move(done).error());
  } else {
    auto demo = plan_demo(state, plan);
    if (!demo) return tl::unexpected(std::move(demo).error());
    image = *std::move(demo);
  }
  if (auto done = plan_process(options, image, plan); !done)
    return tl::unexpected(std::move(done).error());
  return plan;
}

/// The configuration as a file without a name: what becomes of it is the runtime's matter.
Result<UniqueFd> write_config(const std::string& text) {
  UniqueFd file(::memfd_create("config.json", MFD_CLOEXEC));
  if (!file.valid() || ::fcntl(file.get(), F_SETFD, 0) < 0) // the runtime inherits it
    return os_error(errno, "memfd_create");
  if (auto done = write_all(file.get(), text); !done)
    return tl::unexpected(std::move(done).error());
  return file;
}

Result<int> become_runtime(const std::string& state, const RunPlan& plan) {
  const auto runtime = find_runtime();
  if (!runtime) return tl::unexpected(runtime.error());
  const auto config = write_config(config_json(plan));
  if (!config) return tl::unexpected(config.error());
  const std::string containers = state + "/containers";
  const std::string path = fmt::format("/proc/self/fd/{}", config->get());
  const char* const words[] = {"vitrine-runtime", "--root",     containers.c_str(), "run",
                               "--config",        path.c_str(), plan.id.c_str(),    nullptr};
  ::execv(runtime->c_str(), const_cast<char* const*>(words));
  return os_error(errno, "execute {}", escape_text(*runtime));
}

int run_container(const RunOptions& options) {
  if (is_unprivileged() && !options.user_namespace)
    return report({0, "run: making namespaces needs root",
                   "run as root, or with --userns, which makes the caller the container's root"});
  const auto state = find_state(options);
  if (!state) return report(state.error());
  const auto plan = make_run_plan(options, *state);
  if (!plan) return report(plan.error());
  const auto replaced = become_runtime(*state, *plan);
  return report(replaced.error());
}

/// The words behind the options: IMAGE and COMMAND, or only COMMAND.
int run_words(RunOptions options, const Arguments& arguments) {
  std::vector<std::string> words = arguments.rest;
  if (options.rootfs.empty() && !words.empty()) {
    options.image = words.front();
    words.erase(words.begin());
  }
  options.command = std::move(words);
  if (!options.image.empty() && options.image != kDemo)
    return report({0, fmt::format("no image \"{}\"", escape_text(options.image)),
                   "there is \"demo\", built in; a directory can be run with --rootfs DIR"});
  return run_container(options);
}

} // namespace

void declare_run(Parser& parser) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App& app = parser.app;
  app.add_option("--rootfs", options->rootfs, "Run from this directory instead of an image")
      ->type_name("DIR");
  app.add_option("--name", options->name, "The container's name (default: a random one)")
      ->type_name("NAME");
  app.add_option("--hostname", options->hostname, "Its host name (default: its name)")
      ->type_name("NAME");
  app.add_option("-w,--workdir", options->working_directory, "Where the command starts")
      ->type_name("DIR");
  app.add_option("-e,--env", options->env,
                 "Set a variable, or pass on the caller's; can be given again")
      ->type_name("NAME[=VALUE]")
      ->allow_extra_args(false);
  app.add_option_function<std::string>(
         "-u,--user", [options](const std::string& user) { options->user = user; },
         "Who runs the command (default: root)")
      ->type_name("USER[:GROUP]");
  app.add_option("-m,--memory", options->memory, "Limit its memory, for example 64m")
      ->type_name("SIZE");
  app.add_option("--cpus", options->cpus, "Limit its processor time, for example 0.5")
      ->type_name("NUMBER");
  app.add_option("--pids-limit", options->pids_limit, "Limit the number of its processes")
      ->type_name("NUMBER");
  app.add_flag("--userns", options->user_namespace,
               "A user namespace too: its root is nobody on the host");
  app.add_flag("--read-only", options->read_only, "The root file system cannot be written");
  app.add_flag("-t,--tty", options->terminal, "A terminal of its own, whatever stdin is");
  app.add_flag("-i,--interactive", options->interactive, "Accepted; stdin is always passed on");
  app.add_option("--root", options->root,
                 "Where images and containers are kept (default: /var/lib/vitrine)")
      ->type_name("DIR");
  parser.footer = kFooter;
  parser.run = [options](const Arguments& arguments) { return run_words(*options, arguments); };
}

} // namespace vitrine::cli

// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/engine_api.h"

#include "userspace/base/text_escape.h"
#include "userspace/sources/engines/containerd_api.h"
#include "userspace/sources/engines/directory.h"
#include "userspace/sources/engines/inspect.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include <curl/curl.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vitrine::engines {
namespace {

using Clock = std::chrono::steady_clock;

constexpr long kTotalMilliseconds = 300;
constexpr std::chrono::seconds kRest(2);
constexpr std::size_t kOpenLimit = 16;

struct EndEasy {
  void operator()(CURL* handle) const { ::curl_easy_cleanup(handle); }
};
struct EndMulti {
  void operator()(CURLM* handle) const { ::curl_multi_cleanup(handle); }
};
using Easy = std::unique_ptr<CURL, EndEasy>;
using Multi = std::unique_ptr<CURLM, EndMulti>;

struct EndList {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

struct Transfer {
  Easy easy;
  std::unique_ptr<curl_slist, EndList> headers;
  EngineApi::Question question;
  std::string body;
  bool too_large = false; ///< though it did not say so beforehand
};

std::size_t keep(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.too_large = transfer.body.size() + size * count > kFileLimit;
  if (transfer.too_large) return 0; // ends the transfer
  transfer.body.append(data, size * count);
  return size * count;
}

curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) noexcept {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::set<int> open_descriptors() {
  std::set<int> descriptors;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir("/proc/self/fd"), ::closedir);
  if (stream == nullptr) return descriptors;
  while (const dirent* entry = ::readdir(stream.get()))
    if (entry->d_name[0] != '.') descriptors.insert(std::atoi(entry->d_name));
  descriptors.erase(::dirfd(stream.get()));
  return descriptors;
}

/// libcurl 7.88 makes the socket pair of curl_multi_wakeup(3) without close-on-exec: commands that
/// others start in this process would inherit it.
Multi make_multi() {
  static const bool kReady = ::curl_global_init(CURL_GLOBAL_NOTHING) == CURLE_OK;
  const std::set<int> before = open_descriptors();
  Multi multi(kReady ? ::curl_multi_init() : nullptr);
  for (const int descriptor : open_descriptors())
    if (!before.contains(descriptor)) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  return multi;
}

std::string header(CURL* easy, const char* name, unsigned from = CURLH_HEADER) {
  curl_header* found = nullptr;
  return ::curl_easy_header(easy, name, 0, from, -1, &found) == CURLHE_OK ? found->value : "";
}

std::string engine_of(CURL* easy) {
  const std::string server = header(easy, "Server"); // "Libpod/4.3.1 (linux)"
  if (server.starts_with("Docker/")) return "docker";
  return server.starts_with("Libpod/") ? "podman" : "";
}

Result<ContainerNote> read_docker(const Transfer& transfer, EngineApi::Outcome& outcome) {
  auto note = parse_inspect(transfer.body, transfer.question.container);
  outcome = note ? EngineApi::Outcome::told : EngineApi::Outcome::lied;
  if (note) note->engine = engine_of(transfer.easy.get());
  return note;
}

Result<ContainerNote> read_containerd(const Transfer& transfer, EngineApi::Outcome& outcome) {
  const std::string status =
      header(transfer.easy.get(), "grpc-status", CURLH_TRAILER | CURLH_HEADER);
  if (status == "5") outcome = EngineApi::Outcome::unknown; // NOT_FOUND
  if (!status.empty() && status != "0") return failure("gRPC status {}", escape_text(status));
  auto note = parse_containerd_answer(transfer.body, transfer.question.container);
  outcome = note ? EngineApi::Outcome::told : EngineApi::Outcome::lied;
  return note;
}

Result<ContainerNote> read_answer(const Transfer& transfer, CURLcode code,
                                  EngineApi::Outcome& outcome) {
  outcome = EngineApi::Outcome::lied;
  if (transfer.too_large || code == CURLE_FILESIZE_EXCEEDED)
    return failure("the answer is larger than {} bytes", kFileLimit);
  outcome = EngineApi::Outcome::silent;
  if (code != CURLE_OK) return failure("{}", ::curl_easy_strerror(code));
  long status = 0;
  ::curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status == 404) outcome = EngineApi::Outcome::unknown;
  if (status != 200) return failure("HTTP status {}", status);
  return transfer.question.containerd_space.empty() ? read_docker(transfer, outcome)
                                                    : read_containerd(transfer, outcome);
}

/// The container's description in the Docker API.
void ask_docker(Transfer& transfer) {
  CURL* easy = transfer.easy.get();
  const std::string url = "http://engine/containers/" + transfer.question.container + "/json";
  ::curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
}

/// gRPC: a POST of HTTP/2, and the outcome in a trailer.
void ask_containerd(Transfer& transfer) {
  CURL* easy = transfer.easy.get();
  const std::string url = fmt::format("http://engine{}", kContainerdGet);
  const std::string space = "containerd-namespace: " + transfer.question.containerd_space;
  for (const char* line : {"content-type: application/grpc", "te: trailers", space.c_str()})
    transfer.headers.reset(::curl_slist_append(transfer.headers.release(), line));
  const std::string body = containerd_question(transfer.question.container);
  ::curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE});
  ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
  ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  ::curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body.c_str());
}

} // namespace

class EngineApi::Transfers {
public:
  Transfers(std::string root, Multi multi) : root_(std::move(root)), multi_(std::move(multi)) {}
  bool ask(const Question& question);
  std::vector<Answer> run(std::chrono::milliseconds limit);
  [[nodiscard]] bool is_idle() const { return open_.empty(); }
  void wake() { ::curl_multi_wakeup(multi_.get()); }
  ~Transfers() {
    for (const auto& transfer : open_)
      ::curl_multi_remove_handle(multi_.get(), transfer->easy.get());
  }

private:
  Answer finish(CURL* easy, CURLcode code);

  std::string root_; ///< put in front of an absolute path
  Multi multi_;
  std::vector<std::unique_ptr<Transfer>> open_;
  std::map<std::string, Clock::time_point> resting_; ///< sockets that hung, and until when
};

bool EngineApi::Transfers::ask(const Question& question) {
  const auto now = Clock::now();
  std::erase_if(resting_, [&](const auto& entry) { return entry.second <= now; });
  if (open_.size() >= kOpenLimit || resting_.contains(question.socket)) return false;
  if (!is_plain_name(question.container)) return false; // it becomes part of a path
  auto transfer = std::make_unique<Transfer>();
  transfer->easy.reset(::curl_easy_init());
  CURL* easy = transfer->easy.get();
  if (easy == nullptr) return false;
  transfer->question = question;
  question.containerd_space.empty() ? ask_docker(*transfer) : ask_containerd(*transfer);
  ::curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, (root_ + question.socket).c_str());
  ::curl_easy_setopt(easy, CURLOPT_PROXY, ""); // whatever the environment says
  ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, kTotalMilliseconds);
  ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  ::curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  ::curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t{kFileLimit});
  ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
  ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
  ::curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer.get());
  if (::curl_multi_add_handle(multi_.get(), easy) != CURLM_OK) return false;
  open_.push_back(std::move(transfer));
  return true;
}

EngineApi::Answer EngineApi::Transfers::finish(CURL* easy, CURLcode code) {
  ::curl_multi_remove_handle(multi_.get(), easy);
  const auto found =
      std::ranges::find(open_, easy, [](const auto& transfer) { return transfer->easy.get(); });
  const std::unique_ptr<Transfer> transfer = std::move(*found);
  open_.erase(found);
  if (code == CURLE_OPERATION_TIMEDOUT) resting_[transfer->question.socket] = Clock::now() + kRest;
  Answer answer{transfer->question.key, transfer->question.socket, Outcome::silent,
                ContainerNote()};
  answer.note = read_answer(*transfer, code, answer.outcome);
  if (!answer.note)
    answer.note = context(answer.note.error(), "ask {}", escape_text(transfer->question.socket));
  return answer;
}

std::vector<EngineApi::Answer> EngineApi::Transfers::run(std::chrono::milliseconds limit) {
  std::vector<Answer> answers;
  int running = 0;
  ::curl_multi_perform(multi_.get(), &running);
  if (static_cast<std::size_t>(running) == open_.size()) {
    ::curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(limit.count()), nullptr);
    ::curl_multi_perform(multi_.get(), &running);
  }
  int left = 0;
  while (const CURLMsg* message = ::curl_multi_info_read(multi_.get(), &left))
    if (message->msg == CURLMSG_DONE)
      answers.push_back(finish(message->easy_handle, message->data.result));
  return answers;
}

Result<EngineApi> EngineApi::open(const std::string& root) {
  Multi multi = make_multi();
  if (!multi) return failure("libcurl cannot be initialised");
  return EngineApi(std::make_unique<Transfers>(root == "/" ? "" : root, std::move(multi)));
}

EngineApi::EngineApi(std::unique_ptr<Transfers> transfers) : transfers_(std::move(transfers)) {}
EngineApi::EngineApi(EngineApi&&) noexcept = default;
EngineApi& EngineApi::operator=(EngineApi&&) noexcept = default;
EngineApi::~EngineApi() = default;

bool EngineApi::ask(const Question& question) {
  return transfers_->ask(question);
}

std::vector<EngineApi::Answer> EngineApi::run(std::chrono::milliseconds limit) {
  return transfers_->run(limit);
}

bool EngineApi::is_idle() const {
  return transfers_->is_idle();
}

void EngineApi::wake() {
  transfers_->wake();
}

} // namespace vitrine::engines

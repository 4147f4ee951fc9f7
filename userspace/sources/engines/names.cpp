// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/names.h"

#include "userspace/base/text_escape.h"
#include "userspace/sources/engines/containerd_api.h"
#include "userspace/sources/engines/engine_api.h"
#include "userspace/sources/engines/look_up.h"
#include "userspace/sources/engines/mailbox.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <map>
#include <system_error>
#include <thread>

#include <fcntl.h>

namespace vitrine::engines {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Between the tries: a container's files appear while it is being made, in half a second or so.
constexpr std::array<milliseconds, 8> kPauses = {
    milliseconds(20),  milliseconds(50),  milliseconds(100),  milliseconds(200),
    milliseconds(400), milliseconds(800), milliseconds(1600), milliseconds(3200)};
constexpr std::size_t kFullTries = 2;
constexpr std::size_t kNamedTries = 4;
constexpr milliseconds kIdle(60'000);
constexpr std::size_t kBatch = 32; ///< tried before the engines' answers are looked at again
constexpr std::size_t kOpenLimit = 1024;
constexpr std::size_t kKnownLimit = 1024;
constexpr std::size_t kDirectoriesLimit = 64;

/// A hint that is being followed up.
struct LookUp {
  ContainerHint hint; ///< grows with what is learnt
  std::size_t tries = 0;
  Clock::time_point due;
  std::size_t questions = 0;         ///< that wait for an answer
  bool client_answered = false;      ///< hint.socket has told what it knows
  bool named = false;                ///< name and image are known
  bool running = false;              ///< the pid is known
  bool complete = false;             ///< nothing is left to be asked
  std::string engine;                ///< when it is known
  std::vector<std::string> troubles; ///< of the last try with the files
  std::string api_trouble;           ///< the last one with an engine's API

  /// Nobody else than its engine will tell more.
  [[nodiscard]] bool is_known_well() const { return named && tries >= kFullTries; }
  /// Of who has a name, only the process may be missing, and soon has ended.
  [[nodiscard]] bool is_last_try_done() const {
    return tries > (named ? kNamedTries : kPauses.size());
  }
};

std::string key_of(const ContainerHint& hint) {
  return hint.engine + '\0' + hint.id;
}

/// The daemons that speak the Docker API may know the container.
bool may_know(const ContainerHint& hint, const std::string& engine) {
  const auto speaks = [](const std::string& name) { return name == "docker" || name == "podman"; };
  if (!engine.empty()) return speaks(engine);
  return speaks(hint.engine) || (hint.engine.empty() && hint.id.size() >= kShortIdLength);
}

} // namespace

class Names::Worker {
public:
  Worker(UniqueFd root, EngineApi api)
      : root_(std::move(root)), lookout_(root_.get()), api_(std::move(api)) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  Worker(Worker&&) = delete;
  Worker& operator=(Worker&&) = delete;
  ~Worker() {
    mailbox_.close();
    api_.wake();
    if (thread_.joinable()) thread_.join();
  }

  Result<void> start();
  Mailbox& mailbox() { return mailbox_; }
  void wake() { api_.wake(); }

private:
  void run();
  void accept(ContainerHint hint);
  void try_due();
  void try_once(LookUp& look_up, const Host& host);
  void ask(const std::string& key, LookUp& look_up, const Host& host);
  void hear(EngineApi::Answer answer);
  void learn(LookUp& look_up, const ContainerNote& note, bool from_api);
  void end_finished();
  void say_troubles(const LookUp& look_up);
  [[nodiscard]] milliseconds until_next() const;
  ContainerNote* known(const ContainerNote& like);

  Mailbox mailbox_;
  UniqueFd root_;
  Lookout lookout_;
  EngineApi api_;
  std::map<std::string, LookUp> open_;
  std::vector<ContainerNote> known_; ///< oldest first
  std::thread thread_;
};

Result<void> Names::Worker::start() {
  if (auto done = mailbox_.open(); !done) return done;
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before); // the thread inherits it
  int error = 0;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& refused) {
    error = refused.code().value();
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return os_error(error, "start a thread for the names of containers");
  return {};
}

void Names::Worker::run() {
  while (!mailbox_.is_closed()) {
    for (ContainerHint& hint : mailbox_.take_hints())
      accept(std::move(hint));
    try_due();
    end_finished();
    for (EngineApi::Answer& answer : api_.run(until_next()))
      hear(std::move(answer));
  }
}

void Names::Worker::accept(ContainerHint hint) {
  const std::string key = key_of(hint);
  const auto found = open_.find(key);
  if (found == open_.end() && open_.size() >= kOpenLimit) return mailbox_.put_refusal(hint);
  LookUp& look_up = open_[key];
  look_up.tries = 0;
  look_up.due = Clock::now();
  if (found == open_.end()) {
    look_up.hint = std::move(hint);
    return;
  }
  if (hint.pid != 0) look_up.hint.pid = hint.pid;
  if (!hint.socket.empty() && hint.socket != look_up.hint.socket) {
    look_up.hint.socket = hint.socket;
    look_up.client_answered = false;
  }
  for (std::string& directory : hint.directories)
    if (look_up.hint.directories.size() < kDirectoriesLimit)
      add_once(look_up.hint.directories, std::move(directory));
}

void Names::Worker::try_due() {
  const auto now = Clock::now();
  std::vector<std::pair<const std::string, LookUp>*> due;
  for (auto& entry : open_)
    if (entry.second.due <= now && !entry.second.is_last_try_done()) due.push_back(&entry);
  if (due.empty()) return;
  std::ranges::stable_sort(due, {}, [](const auto* entry) { return entry->second.due; });
  if (due.size() > kBatch) due.resize(kBatch);
  const Host& host = lookout_.look(now);
  for (auto* entry : due) {
    if (mailbox_.is_closed()) return;
    LookUp& look_up = entry->second;
    try_once(look_up, host);
    ask(entry->first, look_up, host);
    if (look_up.tries < kPauses.size()) look_up.due = Clock::now() + kPauses[look_up.tries];
    ++look_up.tries;
  }
}

void Names::Worker::try_once(LookUp& look_up, const Host& host) {
  Findings found = engines::look_up(host, look_up.hint,
                                    look_up.is_known_well() ? look_up.engine : std::string());
  look_up.troubles = std::move(found.errors);
  const auto meant = named(found.notes, look_up.hint.id);
  if (meant.size() == 1)
    learn(look_up, meant.front(), false);
  else if (!meant.empty())
    look_up.troubles.push_back(
        fmt::format("\"{}\" means {} containers", escape_text(look_up.hint.id), meant.size()));
}

void Names::Worker::ask(const std::string& key, LookUp& look_up, const Host& host) {
  const std::string& id = look_up.hint.id;
  std::vector<EngineApi::Question> questions;
  if (!look_up.client_answered && look_up.hint.socket.starts_with('/')) {
    questions.push_back({key, look_up.hint.socket, id, {}});
  } else if (!look_up.named) {
    if (may_know(look_up.hint, look_up.engine))
      for (const std::string& socket : api_sockets(host))
        questions.push_back({key, socket, id, {}});
    if (look_up.engine == "containerd")
      if (const auto place = containerd_of(host, id))
        questions.push_back({key, place->socket, id, place->space});
  }
  for (const EngineApi::Question& question : questions)
    if (api_.ask(question)) ++look_up.questions;
}

void Names::Worker::hear(EngineApi::Answer answer) {
  const auto found = open_.find(answer.key);
  if (found == open_.end()) return;
  LookUp& look_up = found->second;
  --look_up.questions;
  if (answer.socket == look_up.hint.socket)
    look_up.client_answered |=
        answer.outcome == EngineApi::Outcome::told || answer.outcome == EngineApi::Outcome::lied;
  if (answer.note) {
    const Host host{root_.get(), {}};
    answer.note->init_pid = living_pid(host, answer.note->init_pid, answer.note->id);
    return learn(look_up, *answer.note, true);
  }
  if (answer.outcome != EngineApi::Outcome::unknown)
    look_up.api_trouble = answer.note.error().message();
  ContainerNote like;
  like.engine = look_up.engine;
  like.id = look_up.hint.id;
  ContainerNote* note = known(like);
  if (answer.outcome == EngineApi::Outcome::lied && note != nullptr &&
      add_error(*note, answer.note.error().message()))
    mailbox_.put_note(*note);
}

void Names::Worker::learn(LookUp& look_up, const ContainerNote& note, bool from_api) {
  if (!is_meant(note, look_up.hint)) return;
  ContainerNote* mine = known(note);
  const bool is_new = mine == nullptr;
  if (is_new) {
    if (known_.size() >= kKnownLimit) known_.erase(known_.begin());
    mine = &known_.emplace_back();
  }
  const bool changed = from_api ? merge(*mine, note, "its engine's API") : update(*mine, note);
  if (is_new || changed) mailbox_.put_note(*mine);

  look_up.engine = mine->engine;
  look_up.named = !mine->name.empty() && !mine->image.empty();
  const bool by_whole_id = look_up.hint.id == note.id;
  look_up.running |= note.init_pid != 0; // of this run: an earlier one's may be known
  look_up.complete = look_up.named && look_up.running && by_whole_id &&
                     (look_up.hint.socket.empty() || look_up.client_answered);
  if (!by_whole_id) look_up.due = Clock::now(); // some files know it by nothing else
  look_up.hint.id = note.id;
  if (look_up.named && !from_api) return;
  for (const std::string& directory : note.directories)
    if (look_up.hint.directories.size() < kDirectoriesLimit)
      add_once(look_up.hint.directories, directory);
}

void Names::Worker::end_finished() {
  std::erase_if(open_, [&](const auto& entry) {
    const LookUp& look_up = entry.second;
    if (look_up.questions != 0) return false;
    if (look_up.is_last_try_done() && !look_up.named) say_troubles(look_up);
    return look_up.complete || look_up.is_last_try_done();
  });
}

void Names::Worker::say_troubles(const LookUp& look_up) {
  ContainerNote like;
  like.engine = look_up.engine.empty() ? look_up.hint.engine : look_up.engine;
  like.id = look_up.hint.id;
  ContainerNote* mine = known(like);
  ContainerNote& note = mine != nullptr ? *mine : like;
  bool is_new = false;
  for (const std::string& trouble : look_up.troubles)
    is_new |= add_error(note, trouble);
  if (!look_up.api_trouble.empty()) is_new |= add_error(note, look_up.api_trouble);
  if (is_new) mailbox_.put_note(note);
}

milliseconds Names::Worker::until_next() const {
  auto next = Clock::now() + kIdle;
  for (const auto& [key, look_up] : open_)
    if (!look_up.is_last_try_done()) next = std::min(next, look_up.due);
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(next - Clock::now()));
}

ContainerNote* Names::Worker::known(const ContainerNote& like) {
  const auto found = std::ranges::find_if(
      known_, [&](const ContainerNote& note) { return is_same_container(note, like); });
  return found == known_.end() ? nullptr : &*found;
}

Names::Names(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}
Names::Names(Names&&) noexcept = default;
Names& Names::operator=(Names&&) noexcept = default;
Names::~Names() = default;

Result<Names> Names::start(const std::string& root) {
  auto directory = open_at(AT_FDCWD, root, O_PATH | O_DIRECTORY);
  if (!directory) return tl::unexpected(directory.error());
  auto api = EngineApi::open(root);
  if (!api) return tl::unexpected(api.error());
  auto worker = std::make_unique<Worker>(*std::move(directory), *std::move(api));
  if (auto done = worker->start(); !done) return tl::unexpected(done.error());
  return Names(std::move(worker));
}

void Names::want(events::ContainerHint hint) {
  if (!hint.id.empty() && worker_->mailbox().put_hint(std::move(hint))) worker_->wake();
}

std::vector<events::ContainerNote> Names::take() {
  return worker_->mailbox().take_notes();
}

int Names::ready_fd() const {
  return worker_->mailbox().ready_fd();
}

} // namespace vitrine::engines

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/output/text_story.h"
#include "userspace/output/view.h"
#include "userspace/story/story.h"

namespace vitrine::output {

/// A stream of events told as text into a descriptor. Lines wait in a buffer until it is large,
/// flush() is called or the stream ends.
class TextSink final : public View {
public:
  /// `fd` is borrowed and must outlive the sink.
  TextSink(int fd, TextOptions options);

  void start(const events::StreamStart& start) override;
  void event(const events::Record& record) override;
  void container(const events::ContainerNote& note) override;
  void pause() override;
  void end(const events::StreamEnd& end) override;

  void flush() override;
  [[nodiscard]] const Result<void>& status() const override { return status_; }

private:
  int fd_;
  std::string buffer_;
  TextStory text_;
  story::Story story_;
  Result<void> status_;
};

} // namespace vitrine::output

// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/field.h"
#include "userspace/world/change.h"

namespace vitrine::world {

void apply_security_event(const Change& change) {
  const events::EventSchema& event = change.record.schema();
  if (event.category != "security" || !change.by_main_thread()) return;
  if (const events::FieldSchema* field = events::find_field(event, "credentials"))
    change.process.credentials = events::struct_of<ev_credentials>(change.record, *field);
}

} // namespace vitrine::world

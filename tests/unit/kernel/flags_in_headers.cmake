# SPDX-License-Identifier: Apache-2.0
# Writes OUTPUT: for each row of the flag tables, HEADER_FLAG(name, value) if the headers define name.
file(GLOB tables CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/userspace/kernel/flags/*.inc)
set(checks "")
foreach(table IN LISTS tables)
  file(STRINGS ${table} rows REGEX "^(FLAG|FIELD|CAPABILITY)\\(")
  foreach(row IN LISTS rows)
    string(REGEX MATCH "\\(([A-Za-z_0-9]+), ([x0-9a-fA-F]+)" match "${row}")
    string(APPEND checks
      "#ifdef ${CMAKE_MATCH_1}\nHEADER_FLAG(${CMAKE_MATCH_1}, ${CMAKE_MATCH_2})\n#endif\n")
  endforeach()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${table})
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/flags/flags_in_headers.inc CONTENT "${checks}" @ONLY)

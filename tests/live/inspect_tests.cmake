# SPDX-License-Identifier: Apache-2.0
find_package(Python3 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  return()
endif()

foreach(name inspect_mounts inspect_namespaces)
  live_test(${name}_test ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/live/${name}.py)
endforeach()

# SPDX-License-Identifier: Apache-2.0
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  live_test(runtime_container_test
    ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/live/runtime_container.py)
endif()

# SPDX-License-Identifier: Apache-2.0
find_package(Python3 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  return()
endif()

live_test(runtime_container_test
  ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/live/runtime_container.py)

add_executable(outlive_runtime ${CMAKE_CURRENT_SOURCE_DIR}/outlive_runtime.c)
target_link_options(outlive_runtime PRIVATE -static)

# Each is a group of functions in runtime_tests.py.
foreach(group run isolation limits signals leftovers terminal hostile)
  live_test(runtime_${group}_test
    ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/live/runtime_tests.py ${group})
endforeach()

# SPDX-License-Identifier: Apache-2.0
add_executable(container_names ${CMAKE_CURRENT_LIST_DIR}/container_names.cpp)
target_link_libraries(container_names PRIVATE vitrine_engines)

find_package(Python3 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  return()
endif()
foreach(engine docker podman)
  live_test(engine_names_${engine}_test
    ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/live/engine_names.py ${engine})
  set_tests_properties(engine_names_${engine}_test PROPERTIES LABELS "live;engine")
endforeach()

# SPDX-License-Identifier: Apache-2.0
find_package(Python3 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  return()
endif()

# trace_test(NAME ARGUMENT…): tests/live/NAME.py, as the ctest NAME_test.
function(trace_test name)
  live_test(${name}_test ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/live/${name}.py ${ARGN})
endfunction()

trace_test(trace_every_call)
trace_test(trace_unshare)
trace_test(trace_loss)
trace_test(trace_errors)
trace_test(trace_cgroup_tools)
trace_test(trace_recording)
# Hundreds of replays, which no kernel makes different.
set_tests_properties(trace_recording_test PROPERTIES LABELS "live;host")
trace_test(trace_overlay)

foreach(runtime runc crun)
  live_test(trace_${runtime}_test
    ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/live/trace_oci.py ${runtime})
endforeach()
trace_test(trace_run)

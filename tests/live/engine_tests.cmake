# SPDX-License-Identifier: Apache-2.0
# Container engines under trace, each with a daemon, a store and a socket of its own.
find_package(Python3 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  return()
endif()

# engine_test(NAME SCRIPT ARGUMENT…): tests/live/SCRIPT.py, as the ctest NAME_test, label "engine" too.
# In a guest without KVM a docker run takes half a minute: host_engine_test() is for what does not depend on
# the kernel, label "host".
function(engine_test name script)
  live_test(${name}_test
    ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/live/${script}.py ${ARGN})
  set_tests_properties(${name}_test PROPERTIES TIMEOUT 900 LABELS "live;engine")
endfunction()

function(host_engine_test name)
  engine_test(${name} ${ARGN})
  set_tests_properties(${name}_test PROPERTIES LABELS "live;engine;host")
endfunction()

foreach(family run pair control)
  engine_test(trace_docker_${family} trace_docker ${family})
endforeach()
engine_test(trace_docker_follow trace_docker_follow)
host_engine_test(trace_docker_daemons trace_docker daemons)
host_engine_test(trace_docker_recording trace_docker_recording)
host_engine_test(trace_lying_engine trace_lying_engine)
foreach(runtime runc crun)
  engine_test(trace_podman_${runtime} trace_engine podman ${runtime})
endforeach()
foreach(engine ctr lxc nspawn)
  engine_test(trace_${engine} trace_engine ${engine})
endforeach()
engine_test(inspect_docker inspect_containers docker)
host_engine_test(inspect_podman inspect_containers podman)

# rung_library(name FLOOR n SOURCES … DEPS …)   a library `rung::name`; FLOOR is read by tools/check_layers
# rung_test(name SOURCES … DEPS … [SERVERS])   a GoogleTest binary; SERVERS: needs PostgreSQL and Redis

add_library(rung_includes INTERFACE)
target_include_directories(rung_includes INTERFACE ${CMAKE_SOURCE_DIR})

add_library(rung_pch_std STATIC ${CMAKE_SOURCE_DIR}/tools/cmake/pch.cc)
target_precompile_headers(rung_pch_std PRIVATE
  <algorithm> <chrono> <cstdint> <functional> <map> <memory> <mutex> <optional> <string> <string_view> <thread>
  <unordered_map> <utility> <variant> <vector> <fmt/format.h> <absl/status/statusor.h>)
target_link_libraries(rung_pch_std PUBLIC fmt::fmt absl::statusor)

function(rung_library name)
  cmake_parse_arguments(ARG "" "FLOOR" "SOURCES;DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(rung_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(rung_${name} PUBLIC rung_includes ${ARG_DEPS} PRIVATE fmt::fmt absl::statusor)
    target_precompile_headers(rung_${name} REUSE_FROM rung_pch_std)
  else()
    add_library(rung_${name} INTERFACE)
    target_link_libraries(rung_${name} INTERFACE rung_includes ${ARG_DEPS})
  endif()
  add_library(rung::${name} ALIAS rung_${name})
endfunction()

function(rung_test name)
  cmake_parse_arguments(ARG "SERVERS" "TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE RUNG_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  if(ARG_SERVERS)
    set_tests_properties(${name} PROPERTIES LABELS servers)
  endif()
endfunction()

# Most of the time of a compilation went into the same headers, read again for every file. A build without them
# (PGFLEET_PCH=OFF, as clang-tidy has it) is what proves that every file includes what it uses.
option(PGFLEET_PCH "Precompile the headers that most files include" ON)

set(pgfleet_standard_headers
  <algorithm> <array> <charconv> <chrono> <expected> <filesystem> <functional> <map> <memory> <mutex> <optional> <set>
  <span> <string> <string_view> <vector> <fmt/format.h> <fmt/ranges.h>)

# What ccache asks for.
if(PGFLEET_PCH)
  add_compile_options("$<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>"
                      "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
endif()

# pgfleet_precompiled(NAME library|program [LIBRARIES...] [HEADERS...]): headers that targets of that kind may reuse; the
# two are compiled by different flags. LIBRARIES: where the headers come from.
function(pgfleet_precompiled name kind)
  cmake_parse_arguments(PCH "" "" "LIBRARIES;HEADERS" ${ARGN})
  if(NOT PGFLEET_PCH)
    return()
  endif()
  set(source ${CMAKE_BINARY_DIR}/precompiled/${name}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "int main() { return 0; }\n")
  if(kind STREQUAL "program")
    add_executable(pgfleet_pch_${name} ${source})
  else()
    add_library(pgfleet_pch_${name} STATIC ${source})
  endif()
  target_link_libraries(pgfleet_pch_${name} PRIVATE ${PCH_LIBRARIES} pgfleet_compile_options)
  target_precompile_headers(pgfleet_pch_${name} PRIVATE ${pgfleet_standard_headers} ${PCH_HEADERS})
endfunction()

# pgfleet_reuse(NAME TARGETS...): these begin with the headers of that name.
function(pgfleet_reuse name)
  if(NOT PGFLEET_PCH)
    return()
  endif()
  foreach(target ${ARGN})
    get_target_property(type ${target} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      target_precompile_headers(${target} REUSE_FROM pgfleet_pch_${name})
    endif()
  endforeach()
endfunction()

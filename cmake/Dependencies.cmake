# Everything comes from the machine's packages but CivetWeb, which tools/setup builds into .deps (Debian 12's own
# build of it dies at the first HTTPS request and knows no IPv6).
set(deps_hint ${CMAKE_SOURCE_DIR}/.deps)

find_package(Threads REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(yaml-cpp REQUIRED CONFIG)
find_package(fmt REQUIRED CONFIG)
find_package(spdlog REQUIRED CONFIG)
find_package(prometheus-cpp REQUIRED CONFIG)
find_package(nlohmann_json REQUIRED CONFIG)
find_package(ZLIB REQUIRED)

# pgfleet_header_library(TARGET NAME VAR header [library]): a dependency that ships no CMake package.
function(pgfleet_find_library target header)
  string(MAKE_C_IDENTIFIER ${target} id)
  find_path(${id}_INCLUDE ${header} HINTS ${deps_hint}/civetweb/include REQUIRED)
  add_library(${target} INTERFACE IMPORTED)
  target_include_directories(${target} SYSTEM INTERFACE ${${id}_INCLUDE})
  if(ARGC GREATER 2)
    find_library(${id}_LIBRARY NAMES ${ARGV2} HINTS ${deps_hint}/civetweb/lib REQUIRED)
    target_link_libraries(${target} INTERFACE ${${id}_LIBRARY})
  endif()
endfunction()

pgfleet_find_library(Asio::asio asio.hpp)
# Asio decides by what was included before it whether it allocates aligned; two answers in one program end in a
# mismatched free.
target_compile_definitions(Asio::asio INTERFACE ASIO_NO_DEPRECATED ASIO_DISABLE_STD_ALIGNED_ALLOC
  $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_CO_AWAIT=1> $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_STD_COROUTINE=1>)
pgfleet_find_library(Deflate::deflate libdeflate.h deflate)
pgfleet_find_library(Zstd::zstd zstd.h zstd)
pgfleet_find_library(CivetWeb::civetweb civetweb.h civetweb)
target_link_libraries(CivetWeb::civetweb INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads ${CMAKE_DL_LIBS})

add_library(pgfleet_warnings INTERFACE)
target_compile_options(pgfleet_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wnull-dereference -Wimplicit-fallthrough -Wno-missing-field-initializers -Werror)
# g++ 12 sees these in Asio's and libstdc++'s own headers once sanitizers or -O2 inline them (GCC 105562, 105593).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(pgfleet_warnings INTERFACE -Wno-null-dereference)
  if(PGFLEET_SANITIZE)
    target_compile_options(pgfleet_warnings INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
# What makes an exploit harder; the same flags that Debian builds its packages with.
if(NOT PGFLEET_SANITIZE)
  target_compile_options(pgfleet_warnings INTERFACE
    -fstack-protector-strong $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
  target_link_options(pgfleet_warnings INTERFACE -Wl,-z,relro -Wl,-z,now -pie)
endif()

# One folder of exporter/ is one static library, so that an include against the arrows also fails to link.
add_library(pgfleet_compile_options INTERFACE)
target_include_directories(pgfleet_compile_options INTERFACE ${CMAKE_SOURCE_DIR}/exporter)
target_link_libraries(pgfleet_compile_options INTERFACE pgfleet_warnings pgfleet_sanitizers Threads::Threads fmt::fmt)

# pgfleet_layer(NAME LAYERS... LIBRARIES...): NAME is the folder; LAYERS are the folders it may include.
function(pgfleet_layer name)
  cmake_parse_arguments(LAYER "" "" "LAYERS;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/exporter/${name}/*.cc)
  list(TRANSFORM LAYER_LAYERS PREPEND pgfleet_)
  if(sources)
    add_library(pgfleet_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(pgfleet_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(pgfleet_${name} ${scope} ${LAYER_LAYERS} ${LAYER_LIBRARIES} pgfleet_compile_options)
endfunction()

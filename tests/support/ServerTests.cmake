include_guard()

# The majors whose tests belong to the normal suite; the others run with `ctest -L full`. 9 is 9.6.
set(PGFLEET_DEFAULT_MAJORS 10 13 15 18)
set(PGFLEET_ALL_MAJORS 9 10 11 12 13 14 15 16 17 18)

# pgfleet_tests_by_major(TARGET NAME FILTER LABELS...): one ctest test for every major, so that they run side by side.
# FILTER is the gtest filter of the tests that are parameterised by major.
function(pgfleet_tests_by_major target name filter)
  foreach(major ${PGFLEET_ALL_MAJORS})
    set(labels full)
    if(major IN_LIST PGFLEET_DEFAULT_MAJORS)
      set(labels ${ARGN})
    endif()
    add_test(NAME ${name}.${major} COMMAND ${target} --gtest_filter=${filter} --gtest_brief=1)
    set_tests_properties(${name}.${major} PROPERTIES
      ENVIRONMENT PGFLEET_TEST_MAJORS=${major} LABELS "${labels}" TIMEOUT 300
      FAIL_REGULAR_EXPRESSION "0 tests from 0 test suites ran")
  endforeach()
endfunction()

# pgfleet_tests(TARGET NAME FILTER LABELS...): all tests that match as one ctest test.
function(pgfleet_tests target name filter)
  add_test(NAME ${name} COMMAND ${target} --gtest_filter=${filter} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES LABELS "${ARGN}" TIMEOUT 300
    FAIL_REGULAR_EXPRESSION "0 tests from 0 test suites ran")
endfunction()

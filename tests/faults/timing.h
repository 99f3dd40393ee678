#pragma once

namespace pgfleet::test {

// Sanitizers make a program several times slower: limits in seconds are multiplied by this.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr double kSlowness = 10;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr double kSlowness = 10;
#else
inline constexpr double kSlowness = 1;
#endif
#else
inline constexpr double kSlowness = 1;
#endif

// The major that the faults are tried on: what they test is the exporter, not the server.
inline constexpr int kFaultMajor = 15;

}  // namespace pgfleet::test

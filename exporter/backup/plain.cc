#include "backup/plain.h"

#include <string>

namespace pgfleet::backup {
namespace {

constexpr std::string_view kRestrict = "\n\\restrict ";

struct Kind {
  std::string_view format, head, trailer;
  bool unrestricts_at_end;  // pg_dumpall does it before the databases
};
constexpr Kind kKinds[] = {
    {format::kPlain, "--\n-- PostgreSQL database dump\n--\n",
     "\n--\n-- PostgreSQL database dump complete\n--\n\n", true},
    {format::kCluster, "--\n-- PostgreSQL database cluster dump\n--\n",
     "\n--\n-- PostgreSQL database cluster dump complete\n--\n\n", false},
};

// Windows' line ends do not matter.
std::string WithoutReturns(std::string text) {
  std::erase(text, '\r');
  return text;
}

// "\\unrestrict TOKEN\n\n" for what the head says, "" where it says nothing.
std::string Unrestrict(std::string_view head) {
  const auto begin = head.find(kRestrict);
  if (begin == std::string_view::npos) return "";
  const std::string_view token = head.substr(begin + kRestrict.size());
  return "\\unrestrict " + std::string(token.substr(0, token.find('\n'))) + "\n\n";
}

bool EndsWell(const Kind& kind, std::string_view head, std::string_view tail) {
  const auto trailer = tail.rfind(kind.trailer);
  if (trailer == std::string_view::npos) return false;
  if (!kind.unrestricts_at_end) return true;
  return tail.substr(trailer + kind.trailer.size()).starts_with(Unrestrict(head));
}

}  // namespace

std::optional<Verdict> JudgePlain(Source& source) {
  constexpr std::size_t kHead = 2048, kTail = 4096;
  const std::string head = WithoutReturns(source.Head(kHead));
  for (const Kind& kind : kKinds) {
    if (!head.starts_with(kind.head)) continue;
    Verdict verdict{.format = kind.format};
    const std::string tail = WithoutReturns(source.Tail(kTail));
    if (!source.blind()) verdict.complete = EndsWell(kind, head, tail);
    return verdict;
  }
  return std::nullopt;
}

}  // namespace pgfleet::backup

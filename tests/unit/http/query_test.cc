#include "http/query.h"

#include <gtest/gtest.h>

namespace pgfleet::http {
namespace {

TEST(Query, IsDecoded) {
  EXPECT_EQ(ParseQuery("cluster=a%20b+c&x=%C3%A4&empty=&bare"),
            (Parameters{{"cluster", "a b c"}, {"x", "\xC3\xA4"}, {"empty", ""}, {"bare", ""}}));
  EXPECT_EQ(ParseQuery(""), Parameters{});
  EXPECT_EQ(ParseQuery("a=b=c"), (Parameters{{"a", "b=c"}}));
}

TEST(Query, WithABrokenPercentSignIsRefused) {
  for (const auto* query : {"a=%", "a=%4", "a=%zz", "%=a", "a=%-1", "a=%4g"})
    EXPECT_EQ(ParseQuery(query), std::nullopt) << query;
}

TEST(AcceptEncoding, AsksForGzip) {
  for (const auto* header :
       {"gzip", "GZIP", "deflate, gzip", "gzip;q=0.5", "gzip; q=0.5 , identity;q=0.1", "*",
        "x-gzip", "br;q=1.0, gzip;q=0.8, *;q=0.1", "identity, gzip"})
    EXPECT_TRUE(AcceptsGzip(header)) << header;
}

TEST(AcceptEncoding, RefusesGzip) {
  for (const auto* header : {"", "identity", "gzip;q=0", "gzip;q=0.000", "*;q=0", "br", "gzipped",
                             "*, gzip;q=0", "gzip;q=0.3, identity", "gzip;q=x", "gzip;q=7"})
    EXPECT_FALSE(AcceptsGzip(header)) << header;
}

}  // namespace
}  // namespace pgfleet::http

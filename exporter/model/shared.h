#pragma once

#include <memory>

namespace pgfleet::model {

// A large value that many snapshots share. Two are equal when what they hold is. Never null.
template <typename T>
class Shared {
 public:
  Shared() {
    static const auto kEmpty = std::make_shared<const T>();
    value_ = kEmpty;
  }
  explicit Shared(T value) : value_(std::make_shared<const T>(std::move(value))) {}

  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }
  bool operator==(const Shared& other) const {
    return value_ == other.value_ || *value_ == *other.value_;
  }

 private:
  std::shared_ptr<const T> value_;
};

}  // namespace pgfleet::model

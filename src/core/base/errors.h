#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace amortflow {

/// Root of every error that the core throws. The message is one sentence that says what must hold and what was
/// given; `hint` says how to mend it and may be empty. Glue turns the class into `amortflow_error_<topic>`.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, std::string hint = {})
      : std::runtime_error(message), hint_(std::move(hint)) {}
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }
  /// The topic in the R class `amortflow_error_<topic>`.
  [[nodiscard]] virtual const char* topic() const noexcept { return "core"; }

 private:
  std::string hint_;
};

/// Arrays whose sizes do not fit together.
class ShapeError final : public Error {
 public:
  using Error::Error;
  [[nodiscard]] const char* topic() const noexcept override { return "shape"; }
};

/// Options that are unknown, of the wrong type or out of range.
class ConfigError final : public Error {
 public:
  using Error::Error;
  [[nodiscard]] const char* topic() const noexcept override { return "config"; }
};

/// A user's simulator failed; the message holds the simulation's index, counted from 1.
class SimulatorError final : public Error {
 public:
  using Error::Error;
  [[nodiscard]] const char* topic() const noexcept override { return "simulator"; }
};

/// A device that is not there or failed.
class DeviceError final : public Error {
 public:
  using Error::Error;
  [[nodiscard]] const char* topic() const noexcept override { return "device"; }
};

/// A computation left the finite numbers.
class NumericError final : public Error {
 public:
  using Error::Error;
  [[nodiscard]] const char* topic() const noexcept override { return "numeric"; }
};

/// Bytes that are not what their format promises.
class FormatError final : public Error {
 public:
  using Error::Error;
  [[nodiscard]] const char* topic() const noexcept override { return "format"; }
};

/// Work was given up because the host asked for it; never shown to a user as an error of theirs.
class Cancelled final : public Error {
 public:
  Cancelled() : Error("the run was cancelled") {}
  [[nodiscard]] const char* topic() const noexcept override { return "cancelled"; }
};

}  // namespace amortflow

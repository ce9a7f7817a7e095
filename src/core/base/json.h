#pragma once

#include <string>

#include "base/spec.h"

namespace amortflow {

/// JSON text of a spec, such that `from_json` gives the same spec back. Numbers have 17 significant digits. A named
/// list is an object in the order of its entries, an unnamed one an array. What JSON cannot tell apart is an object
/// of one of these keys: {"number": "Inf"} or {"number": [1, "NaN"]} holds numbers that are not finite ("Inf",
/// "-Inf", "NaN"), {"text": []} no strings, {"list": [...]} an unnamed list of only numbers or only strings, and
/// {"named": [key, value]} a list whose one entry has one of these four names.
/// Throws ConfigError for lists of repeated or partly missing names and for depths beyond 64.
[[nodiscard]] std::string to_json(const Spec& spec);

/// Reads what `to_json` wrote (RFC 8259 in UTF-8, depth at most 64, no repeated keys). Throws FormatError with the
/// position, in bytes from 1.
[[nodiscard]] Spec from_json(const std::string& text);

/// Reads JSON of others: the same, without a meaning of single keys.
[[nodiscard]] Spec from_plain_json(const std::string& text);

/// `text` in quotes, escaped.
[[nodiscard]] std::string quote_json(const std::string& text);

}  // namespace amortflow

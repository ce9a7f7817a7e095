#pragma once

#include <Rcpp.h>
#include <string>

#include "base/errors.h"

namespace amortflow {

/// Runs `body`; an error of the core leaves as "topic <RS> message <RS> hint", which `call_core()` in R/conditions.R
/// turns into a classed condition. Errors of libraries keep their first line: what follows is a stack trace.
template <class Body>
auto guarded(Body&& body) -> decltype(body()) {
  constexpr char kSeparator = '\x1e';
  try {
    return body();
  } catch (const Error& error) {
    throw Rcpp::exception((std::string(error.topic()) + kSeparator + error.what() + kSeparator + error.hint()).c_str(),
                          false);
  } catch (const Rcpp::LongjumpException&) {
    throw;
  } catch (const Rcpp::internal::InterruptedException&) {
    throw;
  } catch (const Rcpp::exception&) {
    throw;
  } catch (const std::exception& error) {
    const std::string text(error.what());
    throw Rcpp::exception((std::string("internal") + kSeparator + text.substr(0, text.find('\n')) + kSeparator).c_str(),
                          false);
  }
}

}  // namespace amortflow

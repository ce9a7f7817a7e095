# What a function needs to run in another process: a function of the workspace
# arrives there without the workspace.

#' @return List of `globals`, a named list of what `f`, and functions that it
#'   uses, find in the workspace, and `packages`, those attached here that they
#'   find something in.
#' @noRd
find_globals <- function(f) {
  found <- list()
  packages <- character()
  seen <- new_seen()
  visit <- function(value) {
    if (is.list(value)) {
      # unclass(), because a class may have a length of its own.
      for (one in unclass(value)) if (has_code(one)) visit(one)
    }
    if (!is.function(value) || is.primitive(value) ||
      !is.null(seen_before(value, seen))) {
      return(invisible())
    }
    used <- free_names(value)
    for (name in used) take(name, home_of(name, environment(value)))
    for (name in workspace_functions(value, used)) take(name, globalenv())
  }
  take <- function(name, home) {
    if (is.null(home) || bindingIsActive(as.symbol(name), home)) {
      return(invisible())
    }
    if (is_package_environment(home)) {
      packages <<- union(packages, attached_package(home))
      return(invisible())
    }
    value <- tryCatch(get(name, envir = home), error = function(e) NULL)
    if (identical(home, globalenv())) found[name] <<- list(value)
    visit(value)
  }
  visit(f)
  list(globals = found, packages = setdiff(packages, base_packages))
}

has_code <- function(value) is.function(value) || is.list(value)

# Functions of the workspace that code reaches without their symbols: by a string
# (`do.call("helper", ...)`), or as S3 methods of what it calls.
workspace_functions <- function(f, used) {
  there <- ls(globalenv(), all.names = TRUE, sorted = FALSE)
  prefixes <- paste0(unique(c(used, hidden_generics)), ".")
  is_method <- vapply(there, \(name) any(startsWith(name, prefixes)), NA)
  strings <- unlist(lapply(c(list(body(f)), formals(f)), used_strings))
  Filter(function(name) {
    !bindingIsActive(as.symbol(name), globalenv()) &&
      exists(name, envir = globalenv(), mode = "function", inherits = FALSE)
  }, there[is_method | there %in% strings])
}

# Dispatched on without being named: groups, and what operators and other
# functions call.
hidden_generics <- c(
  "Ops", "Math", "Summary", "Complex", "matrixOps", "[", "[[", "$", "[<-",
  "[[<-", "$<-", .S3PrimitiveGenerics
)

used_strings <- function(expr) {
  if (is.character(expr)) {
    return(expr)
  }
  if (is.call(expr) || is.pairlist(expr)) unlist(lapply(as.list(expr), used_strings))
}

base_packages <- c(
  "base", "stats", "graphics", "grDevices", "utils", "datasets", "methods"
)

# The environment where a function of `env` finds `name`, or NULL.
home_of <- function(name, env) {
  while (!identical(env, emptyenv())) {
    if (exists(name, envir = env, inherits = FALSE)) {
      return(env)
    }
    env <- parent.env(env)
  }
  NULL
}

# Namespaces are loaded by the functions that live in them.
attached_package <- function(env) {
  name <- environmentName(env)
  if (startsWith(name, "package:")) substring(name, 9) else character()
}

# Also names that the code itself gives a value: it may have looked them up
# before, or elsewhere, and one too many does no harm.
free_names <- function(f) {
  used <- c(used_names(body(f)), unlist(lapply(formals(f), used_names)))
  setdiff(unique(used), names(formals(f)))
}

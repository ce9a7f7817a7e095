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
  visit <- function(f) {
    if (is.primitive(f) || !is.null(seen_before(f, seen))) {
      return(invisible())
    }
    for (name in free_names(f)) {
      home <- home_of(name, environment(f))
      if (is.null(home) || bindingIsActive(as.symbol(name), home)) next
      if (is_package_environment(home)) {
        packages <<- union(packages, attached_package(home))
        next
      }
      value <- tryCatch(get(name, envir = home), error = function(e) NULL)
      if (identical(home, globalenv())) found[name] <<- list(value)
      if (is.function(value)) visit(value)
    }
  }
  visit(f)
  list(globals = found, packages = setdiff(packages, base_packages))
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

free_names <- function(f) {
  used <- c(used_names(body(f)), unlist(lapply(formals(f), used_names)))
  setdiff(unique(used), c(names(formals(f)), bound_names(body(f))))
}

# Names that code gives a value itself, or takes as arguments.
bound_names <- function(expr) {
  if (!is.call(expr)) {
    return(NULL)
  }
  parts <- as.list(expr)
  own <- if (rlang::is_call(expr, "function")) {
    names(parts[[2]])
  } else if (rlang::is_call(expr, c("<-", "=", "for")) && is.symbol(parts[[2]])) {
    as.character(parts[[2]])
  }
  inner <- lapply(seq_along(parts), function(i) {
    if (identical(parts[[i]], quote(expr = ))) NULL else bound_names(parts[[i]])
  })
  c(own, unlist(inner))
}

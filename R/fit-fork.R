# Threads do not survive a fork, but the locks that they held do: LibTorch in a forked child may wait for ever.

loaded <- new.env(parent = emptyenv())

.onLoad <- function(libname, pkgname) {
  loaded$pid <- Sys.getpid()
}

assert_not_forked <- function(call = rlang::caller_env()) {
  if (!identical(loaded$pid, Sys.getpid())) {
    amortflow_abort(
      "Networks cannot be trained in a forked process, such as parallel::mclapply() starts.",
      "config",
      hint = paste(
        "Train in R's main process with `cores`, or in processes of their own:",
        "parallel::makeCluster(), future::plan(\"multisession\") or mirai::daemons()."
      ),
      call = call
    )
  }
}

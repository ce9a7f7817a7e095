# Arrays as `newdata`: one has the shape of training, many have a leading dimension or come as an unnamed list.

array_form_sets <- function(newdata, form, call) {
  if (is.list(newdata) && !is.object(newdata)) {
    return(array_list_sets(newdata, form, call))
  }
  check_plain(newdata, form$what, call)
  given <- shape_as_given(newdata)
  if (identical(given, form$shape)) {
    return(list(rows = array_block(newdata, form$shape), many = FALSE, ids = NULL))
  }
  if (!identical(given[-1], form$shape) || given[[1]] == 0) {
    abort_form(newdata, form$what, form, call)
  }
  list(rows = array_block(newdata, form$shape), many = TRUE, ids = NULL)
}

array_list_sets <- function(newdata, form, call) {
  if (length(newdata) == 0 || !is.null(names(newdata))) {
    abort_form(newdata, form$what, form, call)
  }
  blocks <- lapply(seq_along(newdata), function(i) {
    what <- sub("`$", sprintf("[[%d]]`", i), form$what)
    one <- newdata[[i]]
    check_plain(one, what, call)
    if (!identical(shape_as_given(one), form$shape)) {
      abort_form(one, what, form, call)
    }
    array_block(one, form$shape)
  })
  list(rows = bind_rows(blocks), many = TRUE, ids = NULL)
}

# Dimensions, or NULL of what holds no numbers.
shape_as_given <- function(x) {
  if (is.atomic(x) && is_number(x)) as.integer(dim(x) %||% length(x))
}

abort_shape <- function(shape, what, form, call) {
  abort_newdata(
    sprintf(
      "%s must be arrays of %s, as in training, not of %s.", what,
      shown_shape(form$shape), shown_shape(shape)
    ),
    call
  )
}

# "[3,4]": the element at a row and column of a block.
element_of_array <- function(row, column, shape) {
  grid <- array_grid(shape)
  index <- rev(arrayInd(row, rev(grid)))
  sprintf("[%s]", paste(c(index, if (length(shape) == 3) column), collapse = ","))
}

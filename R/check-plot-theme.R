# One look for all plots of the package.

# Okabe and Ito's colours, which people with any colour vision tell apart.
plot_colours <- c(
  estimate = "#0072B2", truth = "#D55E00", band = "#B5BDC6", quiet = "#6B7680",
  second = "#009E73", line = "#1F2933"
)

plot_theme <- function() {
  ggplot2::theme_minimal(base_size = 12) +
    ggplot2::theme(
      panel.grid.minor = ggplot2::element_blank(),
      panel.grid.major = ggplot2::element_line(
        colour = "#E6EAEE", linewidth = 0.3
      ),
      panel.spacing = ggplot2::unit(1.2, "lines"),
      axis.line = ggplot2::element_line(colour = "#9AA5B1", linewidth = 0.3),
      axis.title = ggplot2::element_text(colour = "#3E4C59", size = 11),
      axis.text = ggplot2::element_text(colour = "#52606D", size = 9),
      strip.text = ggplot2::element_text(
        face = "bold", hjust = 0, colour = "#1F2933"
      ),
      plot.title.position = "plot",
      plot.title = ggplot2::element_text(face = "bold", size = 13),
      plot.subtitle = ggplot2::element_text(colour = "#52606D", size = 10.5),
      plot.caption = ggplot2::element_text(colour = "#6B7680", hjust = 0),
      legend.position = "top", legend.justification = "left"
    )
}

# Panels, one per variable: readable from 1 to about 12 of them.
variable_panels <- function(count, scales = "fixed") {
  ggplot2::facet_wrap(
    "variable",
    scales = scales, ncol = if (count <= 3) count else ceiling(sqrt(count))
  )
}

percent <- function(x, digits = 0) {
  paste0(formatC(100 * x, format = "f", digits = digits), " %")
}

percent_axis <- function(x) {
  paste0(format(100 * x, trim = TRUE), " %")
}

# Anonymous (1978), Influenza in a boarding school, British Medical Journal 1, 587: boys confined to bed, 22 January to
# 4 February 1978. Run from the package's root.
boarding_school <- c(3, 8, 26, 76, 225, 298, 258, 233, 189, 128, 68, 29, 14, 4)
save(boarding_school, file = "data/boarding_school.rda", version = 2, compress = "xz")

"""A cohort judged by definitions: each question answered once, and the numbers of each definition."""

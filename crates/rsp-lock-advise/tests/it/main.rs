//! Advice, on universes small enough to see that it is right.

mod aging;
mod lines_and_dates;
mod two_envs;

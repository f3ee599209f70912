//! Whole commands.

mod advise;
mod check;
mod feedstock;
mod import_export;
mod main_job;
mod manners;
mod solve;
mod verify;

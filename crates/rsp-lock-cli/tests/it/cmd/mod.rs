//! Whole commands.

mod check;
mod import_export;
mod main_job;
mod manners;
mod solve;
mod verify;

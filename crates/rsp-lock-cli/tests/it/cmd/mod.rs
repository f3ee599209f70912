//! Whole commands.

mod check;
mod import_export;
mod main_job;
mod manners;
mod seed_case;
mod solve;
mod verify;

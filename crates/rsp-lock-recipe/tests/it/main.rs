//! Recipes: what is read, what becomes of it, and which bump a change asks for.

mod classify;
mod feedstock;
mod grammar;

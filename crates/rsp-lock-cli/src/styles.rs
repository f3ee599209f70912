//! The colours, by role. Everything reads the same without them.

use owo_colors::Style;

/// A fault.
pub(crate) const ERROR: Style = Style::new().red().bold();
/// Something to look at.
pub(crate) const WARNING: Style = Style::new().yellow().bold();
/// Advice.
pub(crate) const HINT: Style = Style::new().cyan().bold();
/// Something went well.
pub(crate) const GOOD: Style = Style::new().green().bold();
/// The name of a thing.
pub(crate) const NAME: Style = Style::new().bold();
/// The name of a file.
pub(crate) const FILE: Style = Style::new().cyan();
/// What may be skipped when reading.
pub(crate) const DIM: Style = Style::new().dimmed();

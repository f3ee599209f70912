//! Which names a record may have, and its file.

use rattler_conda_types::{PackageName, PackageRecord};

/// The name in a stem (`name-version-build`).
pub fn name_of_stem(stem: &str) -> Option<&str> {
    let mut parts = stem.rsplitn(3, '-');
    let (build, version, name) = (parts.next()?, parts.next()?, parts.next()?);
    let is_name = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    let whole = !build.is_empty() && !version.is_empty() && !name.is_empty();
    (whole && name.bytes().all(is_name)).then_some(name)
}

/// The name in the name of an archive; `None` if it is none.
pub fn name_of_file(file: &str) -> Option<&str> {
    let stem = file.strip_suffix(".conda");
    name_of_stem(stem.or_else(|| file.strip_suffix(".tar.bz2"))?)
}

/// By character, whether it may stand in a file name.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut character: u8 = 0;
    while character < u8::MAX {
        plain[character as usize] = character.is_ascii_alphanumeric()
            || matches!(
                character,
                b'-' | b'_' | b'.' | b'+' | b'!' | b'~' | b'=' | b','
            );
        character += 1;
    }
    plain
};

/// Refuses stems that are not one plain file name in a URL and in a directory.
pub fn check_stem(stem: &str) -> Result<(), String> {
    let is_plain = |c: u8| PLAIN.get(usize::from(c)) == Some(&true);
    if stem.starts_with(['.', '-']) {
        return Err("the file name starts with a dot or a dash".to_owned());
    }
    if stem.bytes().all(is_plain) {
        return Ok(());
    }
    let is_plain = |c: char| u8::try_from(c).is_ok_and(is_plain);
    let character = stem.chars().find(|c| !is_plain(*c)).unwrap_or(' ');
    Err(format!(
        "the file name contains `{}`",
        character.escape_debug()
    ))
}

/// Gives a record its name as names are compared, in lower case: reading one leaves its
/// name as it is written.
pub fn normalize_name(record: &mut PackageRecord) {
    let written = record.name.as_source();
    if written.bytes().any(|byte| byte.is_ascii_uppercase())
        && let Ok(name) = PackageName::try_from(written)
    {
        record.name = name;
    }
}

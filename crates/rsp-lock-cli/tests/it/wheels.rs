//! Tiny wheels for an index on disk: zip archives whose entries are stored as they are.

use std::path::Path;

/// Writes a wheel of one module that requires others (`six>=1`).
pub(crate) fn wheel(directory: &Path, name: &str, version: &str, requires: &[&str]) {
    fs_err::create_dir_all(directory).unwrap();
    let info = format!("{name}-{version}.dist-info");
    let requires = requires.iter().fold(String::new(), |text, line| {
        text + "Requires-Dist: "
            + line
            + "
"
    });
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}");
    let wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    let record = format!("{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n");
    let entries = [
        (format!("{name}.py"), String::new()),
        (format!("{info}/METADATA"), metadata),
        (format!("{info}/WHEEL"), wheel.to_owned()),
        (format!("{info}/RECORD"), record),
    ];
    let file = directory.join(format!("{name}-{version}-py3-none-any.whl"));
    fs_err::write(file, zip(&entries)).unwrap();
}

fn zip(entries: &[(String, String)]) -> Vec<u8> {
    let (mut body, mut central) = (Vec::new(), Vec::new());
    for (name, text) in entries {
        let offset = u32::try_from(body.len()).unwrap();
        let size = u32::try_from(text.len()).unwrap();
        let mut common = Vec::new();
        common.extend(20_u16.to_le_bytes()); // version that is needed
        common.extend([0; 4]); // flags, stored
        common.extend([0, 0, 0x21, 0]); // midnight, 1 January 1980
        common.extend(crc32fast::hash(text.as_bytes()).to_le_bytes());
        common.extend(size.to_le_bytes());
        common.extend(size.to_le_bytes());
        common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        common.extend([0; 2]); // no extra field
        body.extend(0x0403_4b50_u32.to_le_bytes());
        body.extend(&common);
        body.extend(name.as_bytes());
        body.extend(text.as_bytes());
        central.extend(0x0201_4b50_u32.to_le_bytes());
        central.extend(20_u16.to_le_bytes()); // version that made it
        central.extend(&common);
        central.extend([0; 10]); // comment, disk, attributes
        central.extend(offset.to_le_bytes());
        central.extend(name.as_bytes());
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let start = u32::try_from(body.len()).unwrap().to_le_bytes();
    let length = u32::try_from(central.len()).unwrap().to_le_bytes();
    body.extend(central);
    body.extend(0x0605_4b50_u32.to_le_bytes());
    body.extend([0; 4]); // disks
    body.extend(count);
    body.extend(count);
    body.extend(length);
    body.extend(start);
    body.extend([0; 2]);
    body
}

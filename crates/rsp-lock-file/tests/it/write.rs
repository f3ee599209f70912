//! Files are put in place whole or not at all.

use std::{
    io::{ErrorKind, Read as _},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    process::Command,
};

use fs_err as fs;
use rsp_lock_file::{
    FileError,
    write::{Written, write, write_group},
};

use crate::common::skipped;

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn kind(result: Result<Written, FileError>) -> ErrorKind {
    match result {
        Err(error @ FileError::Write { .. }) => {
            assert!(!error.hints().is_empty(), "{error} has no hint");
            let FileError::Write { source, .. } = error else {
                unreachable!()
            };
            source.kind()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_created_then_left_alone_then_replaced_with_its_permissions() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("demo-linux-64.lock.txt");
    assert_eq!(write(&path, b"one\n").unwrap(), Written::Created);
    let plain = dir.path().join("plain");
    fs::write(&plain, "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(
        mode(&path),
        mode(&plain),
        "a new file has the rights every new file has"
    );

    fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).unwrap();
    let before = fs::metadata(&path).unwrap();
    assert_eq!(write(&path, b"one\n").unwrap(), Written::Unchanged);
    let after = fs::metadata(&path).unwrap();
    assert_eq!(
        (before.ino(), before.mtime_nsec()),
        (after.ino(), after.mtime_nsec())
    );

    assert_eq!(write(&path, b"two\n").unwrap(), Written::Replaced);
    assert_eq!(fs::read(&path).unwrap(), b"two\n");
    assert_eq!(mode(&path) & 0o777, 0o664);
    assert_eq!(names(dir.path()), ["demo-linux-64.lock.txt", "plain"]);
}

#[test]
fn a_link_is_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (real, link) = (dir.path().join("real"), dir.path().join("link"));
    fs::write(&real, "old").unwrap();
    fs_err::os::unix::fs::symlink(&real, &link).unwrap();
    assert_eq!(write(&link, b"new").unwrap(), Written::Replaced);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read(&real).unwrap(), b"new");
}

#[test]
fn what_cannot_be_written_is_said_and_nothing_is_left_behind() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "a file").unwrap();
    assert_eq!(
        kind(write(&file.join("x.lock.txt"), b"x")),
        ErrorKind::NotADirectory
    );
    assert_eq!(
        kind(write(&dir.path().join("missing/x.lock.txt"), b"x")),
        ErrorKind::NotFound
    );
    assert_eq!(kind(write(dir.path(), b"x")), ErrorKind::IsADirectory);
    assert_eq!(names(dir.path()), ["file"]);
    assert_eq!(fs::read(&file).unwrap(), b"a file");
}

#[test]
fn a_group_is_written_only_if_all_of_it_can_be() {
    let dir = tempfile::tempdir().unwrap();
    let (good, bad) = (dir.path().join("good"), dir.path().join("missing/bad"));
    assert!(matches!(
        write_group(&[(&good, "x"), (&bad, "x")]),
        Err(FileError::Write { .. })
    ));
    assert!(names(dir.path()).is_empty());
    let other = dir.path().join("other");
    fs::write(&other, "x").unwrap();
    assert_eq!(
        write_group(&[(&good, "x"), (&other, "x")]).unwrap(),
        [Written::Created, Written::Unchanged]
    );
}

#[test]
fn a_directory_without_write_permission_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let locked = dir.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).unwrap();
    let rights_do_not_count = fs::write(locked.join("probe"), "").is_ok();
    if rights_do_not_count {
        // The user is root; a file system that is mounted read-only stops root as well.
        let mounted = on_tmpfs(&locked, "ro", || {
            assert_eq!(
                kind(write(&locked.join("x.lock.txt"), b"x")),
                ErrorKind::ReadOnlyFilesystem
            );
        });
        if !mounted {
            skipped("this user may write anywhere, so a read-only directory cannot be tested");
        }
        return;
    }
    assert_eq!(
        kind(write(&locked.join("x.lock.txt"), b"x")),
        ErrorKind::PermissionDenied
    );
}

/// Runs a test with a small file system mounted at `place`; false if none can be mounted.
fn on_tmpfs(place: &Path, options: &str, test: impl FnOnce() + std::panic::UnwindSafe) -> bool {
    let mut mount = Command::new("mount");
    mount
        .args(["-t", "tmpfs", "-o", options, "tmpfs"])
        .arg(place);
    if !mount.output().is_ok_and(|output| output.status.success()) {
        return false;
    }
    let result = std::panic::catch_unwind(test);
    let unmounted = Command::new("umount")
        .arg(place)
        .status()
        .unwrap()
        .success();
    assert!(unmounted);
    result.unwrap();
    true
}

#[test]
fn a_read_only_file_is_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.lock.txt");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    assert_eq!(kind(write(&path, b"new")), ErrorKind::PermissionDenied);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(write(&path, b"old").unwrap(), Written::Unchanged);
}

#[test]
fn a_device_and_a_pipe_are_written_through() {
    assert_eq!(
        write(Path::new("/dev/null"), b"x").unwrap(),
        Written::Through
    );
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let reader = std::thread::spawn({
        let fifo = fifo.clone();
        move || {
            let mut text = String::new();
            fs::File::open(fifo)
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
            text
        }
    });
    assert_eq!(write(&fifo, b"through").unwrap(), Written::Through);
    assert_eq!(reader.join().unwrap(), "through");
    assert_eq!(names(dir.path()), ["fifo"]);
}

#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let disk = dir.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let (first, second) = (disk.join("first"), disk.join("second"));
    let mounted = on_tmpfs(&disk, "size=64k", || {
        write(&first, b"old").unwrap();
        let big = vec![b'x'; 1 << 20];
        assert_eq!(kind(write(&first, &big)), ErrorKind::StorageFull);
        let group = write_group(&[(&second, &b"new"[..]), (&first, &big)]);
        assert!(matches!(group, Err(FileError::Write { .. })));
        assert_eq!(names(&disk), ["first"]);
        assert_eq!(fs::read(&first).unwrap(), b"old");
    });
    if !mounted {
        skipped("no tmpfs can be mounted here, so a full disk cannot be tested");
    }
}

//! A lockfile that the user names, whoever wrote it, and what it is checked against.

use std::path::{Path, PathBuf};

use clap::Args;
use rattler_conda_types::{PackageName, Subdir};
use rsp_lock::{
    Locked, VerifyOptions,
    channel::ChannelOptions,
    file::{
        check::{Staleness, edited},
        explicit,
        import::ImportKind,
        native::{self, LockedNote, LockedRequest, NativeLock},
    },
    spec::{
        ChannelRequest, DependencyEdit, Note, Origin, Override, PlatformRequest, Request,
        Requirement, SpecError, VirtualPackageChange, parse_virtual_package, virtual_packages,
    },
};

use crate::{
    args::AccessArgs,
    failure::Failure,
    printer::Printer,
    recipe::RecipeChoice,
    request::{Files, parse_subdir, read_base, read_files, read_text},
};

/// What a lockfile is read for.
#[derive(Clone, Debug, Args)]
pub(crate) struct Choice {
    /// Channel that packages may come from, highest priority first [default: the lockfile's own, if it names any, else the request's]
    #[arg(
        short = 'c',
        long = "channel",
        value_name = "CHANNEL",
        env = "RSP_LOCK_CHANNEL",
        value_delimiter = ','
    )]
    pub(crate) channels: Vec<String>,

    /// Request whose overrides, platforms and channels count
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Platform [default: what the lockfile says]
    #[arg(short = 'p', long = "platform", value_name = "PLATFORM")]
    pub(crate) platform: Option<String>,

    /// What the platform is assumed to offer, such as __glibc=2.17
    #[arg(long = "virtual-package", value_name = "NAME=VERSION[=BUILD]")]
    pub(crate) virtual_packages: Vec<String>,
}

/// The packages of one platform, and what they are checked against.
#[derive(Debug)]
pub(crate) struct Part {
    /// The name of the platform.
    pub(crate) name: String,
    /// The packages.
    pub(crate) locked: Vec<Locked>,
    /// What they are checked against.
    pub(crate) options: VerifyOptions,
    /// Channels of whose packages the lock says something else than what was locked.
    pub(crate) edited: Vec<Staleness>,
    /// The explicit file, if it is one.
    pub(crate) explicit: Option<explicit::ExplicitFile>,
}

/// Reads an rsp.lock, and says so where a file is something else.
pub(crate) fn read_native(path: &Path) -> Result<NativeLock, Failure> {
    let text = read_text(path)?;
    let shown = path.display().to_string();
    let failure = || Failure::usage(format!("`{shown}` is no rsp.lock"));
    if text.trim().is_empty() {
        return Err(failure()
            .hint("it is empty: restore it, or write it anew with `rsp-lock solve --fresh`"));
    }
    match rsp_lock::file::import::detect(&text) {
        Some(ImportKind::Native) | None => Ok(native::read(&text, &shown)?),
        Some(ImportKind::Explicit) => {
            Err(failure()
                .hint("it is an explicit file: `rsp-lock solve` writes an rsp.lock beside it"))
        }
        Some(_) => Err(failure().hint("give a file that `rsp-lock solve` wrote as `rsp.lock`")),
    }
}

/// The failure of a platform that a lock does not have, unless it has it.
pub(crate) fn has_platform(
    lock: &NativeLock,
    wanted: Option<&str>,
    shown: &str,
) -> Result<(), Failure> {
    let platforms = || {
        let environments = lock.environments.iter();
        environments.flat_map(|environment| &environment.platforms)
    };
    let Some(wanted) = wanted else {
        return Ok(());
    };
    if platforms().any(|platform| platform.name == wanted || platform.subdir.as_str() == wanted) {
        return Ok(());
    }
    let names: Vec<&str> = platforms().map(|platform| platform.name.as_str()).collect();
    Err(
        Failure::usage(format!("{shown} has no platform `{wanted}`"))
            .hint(format!("choose with `-p`: `{}`", names.join("`, `"))),
    )
}

/// The failure of a root that no package is, unless all are there.
pub(crate) fn have_roots<'n>(
    names: &(impl Iterator<Item = &'n str> + Clone),
    roots: &[String],
) -> Result<(), Failure> {
    for root in roots {
        let wanted = package_name(root)?;
        if !names.clone().any(|name| name == wanted.as_normalized()) {
            return Err(Failure::usage(format!("root `{root}` is not in the lock")));
        }
    }
    Ok(())
}

/// Reads a lockfile, platform by platform.
pub(crate) fn parts(
    file: &Path,
    choice: &Choice,
    roots: &[String],
    access: &AccessArgs,
    printer: &Printer,
) -> Result<Vec<Part>, Failure> {
    let text = read_text(file)?;
    let shown = file.display().to_string();
    let mut roots = roots
        .iter()
        .map(|root| package_name(root))
        .collect::<Result<Vec<_>, _>>()?;
    if rsp_lock::file::import::detect(&text) == Some(ImportKind::Native) {
        return native_parts(
            &text,
            &shown,
            choice,
            &roots,
            &root_of(file),
            access,
            printer,
        );
    }
    let explicit = explicit::read(&text, &shown)?;
    let subdir = subdir(choice, &explicit, &shown)?;
    let Files { request, root, .. } = read_files(&choice.files, &RecipeChoice::default(), printer)?;
    // What a base has is there without anybody asking for it.
    if let Some(base) = read_base(&request, &root, printer)? {
        roots.extend(base.names().into_iter().cloned());
    }
    let mut platform = request
        .platforms
        .iter()
        .find(|platform| Some(&platform.name) == choice.platform.as_ref())
        .or_else(|| {
            request
                .platforms
                .iter()
                .find(|platform| platform.subdir == subdir)
        })
        .cloned()
        .unwrap_or_else(|| PlatformRequest::of(subdir, Origin::command_line()));
    platform.virtual_packages.extend(changes(choice)?);
    let (channels, root) = if choice.channels.is_empty() {
        (request.channels.clone(), root)
    } else {
        (channels(&choice.channels), PathBuf::from("."))
    };
    if channels.is_empty() {
        return Err(Failure::usage("no channel to compare with is named")
            .hint("name every channel that the lock took packages from with `-c`, or the request with `-f`"));
    }
    let of_platform = |lines| lines_of(lines, &platform.name, subdir);
    Ok(vec![Part {
        name: platform.name.clone(),
        locked: Locked::of_explicit(&explicit),
        options: VerifyOptions {
            subdir,
            virtual_packages: platform.virtual_packages(),
            roots,
            requirements: of_platform(&request.requirements),
            constraints: of_platform(&request.constraints),
            overrides: request.overrides,
            dependencies: request.dependencies,
            channels,
            channel_options: ChannelOptions {
                mirrors: request.mirrors,
                ..access.options(&root, printer)
            },
        },
        edited: Vec::new(),
        explicit: Some(explicit),
    }])
}

/// The lines of a request that are about a platform.
fn lines_of(lines: &[Requirement], name: &str, subdir: Subdir) -> Vec<Requirement> {
    let applies = |line: &&Requirement| {
        let mut names = line.platforms.iter();
        line.platforms.is_empty() || names.any(|other| other == name || other == subdir.as_str())
    };
    lines.iter().filter(applies).cloned().collect()
}

fn native_parts(
    text: &str,
    shown: &str,
    choice: &Choice,
    roots: &[PackageName],
    root: &Path,
    access: &AccessArgs,
    printer: &Printer,
) -> Result<Vec<Part>, Failure> {
    let lock = native::read(text, shown)?;
    has_platform(&lock, choice.platform.as_deref(), shown)?;
    let changes = changes(choice)?;
    let asked = match choice.files.as_slice() {
        [] => None,
        files => Some(read_files(files, &RecipeChoice::default(), printer)?),
    };
    let mut parts = Vec::new();
    for environment in &lock.environments {
        let own = || (channels(&environment.request.channels), root.to_owned());
        let (mut listed, mut root, (overrides, dependencies)) = match &asked {
            None => {
                let (listed, root) = own();
                (listed, root, rules(&environment.request, shown)?)
            }
            Some(Files { request, root, .. }) => (
                request.channels.clone(),
                root.clone(),
                (request.overrides.clone(), request.dependencies.clone()),
            ),
        };
        if listed.is_empty() {
            (listed, root) = own();
        }
        if !choice.channels.is_empty() {
            (listed, root) = (channels(&choice.channels), PathBuf::from("."));
        }
        for platform in &environment.platforms {
            let is_wanted = choice.platform.as_ref().is_none_or(|wanted| {
                *wanted == platform.name || *wanted == platform.subdir.as_str()
            });
            if !is_wanted {
                continue;
            }
            let packages = platform.packages.iter();
            let mut offered = platform.virtual_packages.clone();
            if !changes.is_empty() {
                offered = virtual_packages(platform.subdir, &changes);
            }
            let of_request = |lines: fn(&Request) -> &[Requirement]| {
                asked.as_ref().map_or_else(Vec::new, |files| {
                    lines_of(lines(&files.request), &platform.name, platform.subdir)
                })
            };
            parts.push(Part {
                name: platform.name.clone(),
                locked: packages.map(|p| Locked::of_record(&p.record)).collect(),
                options: VerifyOptions {
                    subdir: platform.subdir,
                    virtual_packages: offered,
                    roots: roots.to_vec(),
                    requirements: of_request(|request| &request.requirements),
                    constraints: of_request(|request| &request.constraints),
                    overrides: overrides.clone(),
                    dependencies: dependencies.clone(),
                    channels: listed.clone(),
                    channel_options: ChannelOptions {
                        mirrors: asked
                            .as_ref()
                            .map(|files| files.request.mirrors.clone())
                            .unwrap_or_default(),
                        ..access.options(&root, printer)
                    },
                },
                edited: edited(platform),
                explicit: None,
            });
        }
    }
    if parts.is_empty() {
        return Err(Failure::usage(format!("{shown} has no platforms")));
    }
    Ok(parts)
}

/// The overrides and edits that a lock was made with, from where the lock says they were written.
pub(crate) fn rules(
    request: &LockedRequest,
    shown: &str,
) -> Result<(Vec<Override>, Vec<DependencyEdit>), Failure> {
    let origin = |note: &LockedNote| Origin {
        source: note.from.as_deref().unwrap_or(shown).into(),
        ..Origin::command_line()
    };
    let overrides = request.overrides.iter().map(|rule| {
        let text = match &rule.dependents {
            Some(dependents) => format!("{dependents}: {}", rule.spec),
            None => rule.spec.clone(),
        };
        Ok(Override {
            origin: origin(&rule.note),
            ..Override::parse(&text)?
        })
    });
    let edits = request.dependencies.iter().map(|edit| {
        Ok(DependencyEdit {
            kind: edit.kind,
            dependents: Requirement::parse(&edit.dependents)?.spec,
            spec: Requirement::parse(&edit.spec)?.spec,
            text: format!("{}: {}", edit.dependents, edit.spec),
            origin: origin(&edit.note),
            note: Note::default(),
        })
    });
    Ok((
        overrides.collect::<Result<_, SpecError>>()?,
        edits.collect::<Result<_, SpecError>>()?,
    ))
}

/// Reads the name of a package.
pub(crate) fn package_name(text: &str) -> Result<PackageName, Failure> {
    text.parse()
        .map_err(|_| Failure::usage(format!("`{text}` is not the name of a package")))
}

fn root_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn channels(texts: &[String]) -> Vec<ChannelRequest> {
    let texts = texts.iter().cloned();
    texts
        .map(|text| ChannelRequest {
            text,
            origin: Origin::command_line(),
        })
        .collect()
}

fn changes(choice: &Choice) -> Result<Vec<VirtualPackageChange>, Failure> {
    let texts = choice.virtual_packages.iter();
    texts
        .map(|text| {
            parse_virtual_package(text)
                .map(VirtualPackageChange::Set)
                .map_err(|problem| Failure::usage(format!("`--virtual-package`: {problem}")))
        })
        .collect()
}

/// The platform that is asked for, that the header names, or that most files are of.
fn subdir(choice: &Choice, file: &explicit::ExplicitFile, shown: &str) -> Result<Subdir, Failure> {
    if let Some(text) = &choice.platform {
        return parse_subdir(text);
    }
    let of_files = || {
        let mut subdirs = file.entries.iter().filter_map(|entry| entry.subdir);
        subdirs.find(|subdir| *subdir != Subdir::NoArch)
    };
    file.platform.or_else(of_files).ok_or_else(|| {
        rsp_lock::Error::UnknownPlatform {
            file: shown.to_owned(),
        }
        .into()
    })
}

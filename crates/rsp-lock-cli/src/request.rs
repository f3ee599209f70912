//! From files and arguments to one request.

use std::path::{Path, PathBuf};

use rsp_lock::{
    BaseLock,
    spec::{
        Base, BasePolicy, BaseSource, ChannelRequest, Cutoff, ExcludeNewer, NOARCH_IS_NO_PLATFORM,
        Origin, Override, Parsed, PlatformRequest, Request, Severity, Source, SpecError,
        VirtualPackageChange, meant_virtual_package, merge, nearest, parse_environment_yaml,
        parse_spec, parse_toml, parse_virtual_package, unsupported,
    },
};

use crate::{
    args::RequestArgs,
    failure::Failure,
    printer::Printer,
    recipe::{self, RecipeChoice},
};

/// A request, and the places it is about.
#[derive(Debug)]
pub(crate) struct Asked {
    /// What is asked for.
    pub(crate) request: Request,
    /// Where relative channel paths start.
    pub(crate) root: PathBuf,
    /// The directory of the first request file; `None` if there is no file.
    pub(crate) directory: Option<PathBuf>,
    /// Whether `-p` took only some of the platforms that the files list.
    pub(crate) is_part: bool,
}

impl Asked {
    /// Where the base is, if there is one and it is a file or prefix.
    fn base_path(&self) -> Option<PathBuf> {
        base_path(&self.request, &self.root)
    }

    /// The base, if it is a file.
    pub(crate) fn base_file(&self) -> Option<PathBuf> {
        self.base_path().filter(|path| path.is_file())
    }

    /// Reads the base, if there is one and it is a file or prefix.
    pub(crate) fn base(&self, printer: &Printer) -> Result<Option<BaseLock>, Failure> {
        read_base(&self.request, &self.root, printer)
    }
}

/// Where the base of a request is, if there is one and it is a file or prefix.
fn base_path(request: &Request, root: &Path) -> Option<PathBuf> {
    let base = request.base.as_ref()?;
    let BaseSource::Lock(path) = &base.source else {
        return None;
    };
    Some(if base.origin == Origin::command_line() {
        PathBuf::from(path)
    } else {
        beside(root, path)
    })
}

/// Reads the base of a request, if there is one and it is a file or prefix.
pub(crate) fn read_base(
    request: &Request,
    root: &Path,
    printer: &Printer,
) -> Result<Option<BaseLock>, Failure> {
    let Some(path) = base_path(request, root) else {
        return Ok(None);
    };
    let base = open_base(&path, request.environment.as_deref())?;
    if base.pip > 0 {
        let count = crate::words::count(base.pip, "package");
        printer.warn(&format!(
            "{count} of pip in `{}` are no part of the base",
            path.display()
        ));
    }
    Ok(Some(base))
}

/// Reads a lockfile or prefix to build on.
pub(crate) fn open_base(path: &Path, environment: Option<&str>) -> Result<BaseLock, Failure> {
    if !path.exists() {
        // The same words as for every other file.
        read_text(path)?;
    }
    Ok(BaseLock::open(path, environment)?)
}

/// A path that a request file names.
fn beside(root: &Path, path: &str) -> PathBuf {
    if root == Path::new(".") {
        PathBuf::from(path)
    } else {
        root.join(path)
    }
}

/// The request file that is looked for when nothing is named.
const DEFAULT_FILE: &str = "rsp-lock.toml";

/// Reads and merges everything that is asked for. Warnings are printed on the way.
pub(crate) fn read(args: &RequestArgs, printer: &Printer) -> Result<Asked, Failure> {
    refuse_files(&args.specs)?;
    let files = files(args)?;
    let recipes = RecipeChoice {
        variants: &args.variants,
        platforms: &args.platforms,
        specs: &args.specs,
    };
    let Files {
        mut request,
        root,
        sources,
        outputs,
    } = read_files(&files, &recipes, printer)?;
    let directory = files.first().map(|file| parent(file));
    let is_part = add_arguments(&mut request, args, &outputs, directory.as_deref(), printer)?;
    let problems = unsupported(&request, &sources);
    if problems
        .iter()
        .any(|problem| problem.severity == Severity::Error)
    {
        return Err(SpecError::Invalid {
            diagnostics: problems,
        }
        .into());
    }
    Ok(Asked {
        request,
        root,
        directory,
        is_part,
    })
}

/// The failure of a spec that names a file which is there.
fn refuse_files(specs: &[String]) -> Result<(), Failure> {
    // Names of packages may have such endings: `ruamel.yaml` is one.
    let known = ["environment.yaml", "recipe.yaml", "meta.yaml"];
    let endings = ["toml", "yml", "lock", "txt"];
    let is_file = |spec: &&String| {
        let path = Path::new(spec);
        let ending = path.extension().and_then(|ending| ending.to_str());
        let is_called = ending.is_some_and(|ending| endings.contains(&ending));
        (is_called || known.contains(&spec.as_str())) && path.is_file()
    };
    match specs.iter().find(is_file) {
        None => Ok(()),
        Some(file) => Err(
            Failure::usage(format!("`{file}` is a file, not a package")).hint(format!(
                "a request is read with `-f {file}`, a lockfile is checked with `rsp-lock verify {file}`"
            )),
        ),
    }
}

/// What request files say together.
#[derive(Debug)]
pub(crate) struct Files {
    /// All of them merged.
    pub(crate) request: Request,
    /// Where relative channel paths start.
    pub(crate) root: PathBuf,
    /// Their texts.
    sources: Vec<Source>,
    /// Specs that were taken as names of a recipe's outputs.
    outputs: Vec<String>,
}

/// Reads and merges request files. Warnings are printed on the way.
pub(crate) fn read_files(
    files: &[PathBuf],
    recipes: &RecipeChoice<'_>,
    printer: &Printer,
) -> Result<Files, Failure> {
    if !recipes.variants.is_empty() && !files.iter().any(|file| recipe::kind(file).is_some()) {
        return Err(Failure::usage(
            "`--variant` is for recipes, and none is named with `-f`",
        ));
    }
    let mut sources = Vec::new();
    let (mut requests, mut outputs) = (Vec::new(), Vec::new());
    for file in files {
        let source = read_source(file)?;
        let parsed = match recipe::kind(file) {
            Some(kind) => {
                let read = recipe::parse(kind, file, &source, recipes)?;
                outputs.extend(read.chosen);
                read.parsed
            }
            None => parse(file, &source)?,
        };
        for warning in &parsed.warnings {
            printer.diagnostic(warning);
        }
        sources.push(source);
        requests.push(parsed.request);
    }
    let root = files
        .first()
        .map_or_else(|| PathBuf::from("."), |file| parent(file));
    for (file, request) in files.iter().zip(&mut requests) {
        let own = parent(file);
        if own != root {
            anchor(&mut request.channels, &own, &root);
            if let Some(Base {
                source: BaseSource::Lock(path),
                ..
            }) = &mut request.base
                && Path::new(path).is_relative()
            {
                *path = seen_from(&root, &own.join(&*path));
            }
        }
    }
    let request = match requests.len() {
        0 => Request::default(),
        _ => merge(requests)?,
    };
    Ok(Files {
        request,
        root,
        sources,
        outputs,
    })
}

fn files(args: &RequestArgs) -> Result<Vec<PathBuf>, Failure> {
    if !args.files.is_empty() || !args.specs.is_empty() {
        return Ok(args.files.clone());
    }
    let default = PathBuf::from(DEFAULT_FILE);
    if default.is_file() {
        return Ok(vec![default]);
    }
    Err(Failure::usage(format!(
        "nothing is asked for: no spec, no file, and no `{DEFAULT_FILE}` here"
    ))
    .hint("name a file with `-f`, or packages: `-c conda-forge -p linux-64 numpy`"))
}

/// Reads a text file that the user named.
pub(crate) fn read_text(file: &Path) -> Result<String, Failure> {
    let shown = file.display();
    let bytes = fs_err::read(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let failure = Failure::usage(format!("`{shown}` does not exist"));
            match nearest_file(file) {
                Some(near) => failure.hint(format!("did you mean `{}`?", near.display())),
                None => failure,
            }
        }
        _ if file.is_dir() => Failure::usage(format!("`{shown}` is a directory, expected a file")),
        _ => {
            let reason = io_reason(&error);
            Failure::usage(format!("cannot read `{shown}`: {reason}"))
        }
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::usage(format!(
            "`{shown}` is not a text file: byte {at} is not UTF-8"
        ))
    })
}

/// What the system says, without the path that we name ourselves.
pub(crate) fn io_reason(error: &std::io::Error) -> String {
    let inner = std::error::Error::source(error).map(ToString::to_string);
    inner.unwrap_or_else(|| error.to_string())
}

pub(crate) fn read_source(file: &Path) -> Result<Source, Failure> {
    let text = match read_text(file) {
        Err(failure) if file.is_dir() => {
            let inside = file.join(DEFAULT_FILE);
            return Err(if inside.is_file() {
                failure.hint(format!("did you mean `{}`?", inside.display()))
            } else {
                failure
            });
        }
        other => other?,
    };
    Ok(Source::new(file.display().to_string(), text))
}

fn parse(file: &Path, source: &Source) -> Result<Parsed, Failure> {
    let extension = file
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("toml") => Ok(parse_toml(source)?),
        Some("yml" | "yaml") => Ok(parse_environment_yaml(source)?),
        _ => Err(Failure::usage(format!(
            "`{}` is no request: its name ends neither in `.toml` nor in `.yml`",
            file.display()
        ))
        .hint("a lockfile is read by `rsp-lock import`, `verify` and `export`")),
    }
}

pub(crate) fn parent(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A file or directory beside `file` whose name is much like its.
pub(crate) fn nearest_file(file: &Path) -> Option<PathBuf> {
    let directory = parent(file);
    let wanted = file.file_name()?.to_string_lossy().into_owned();
    let names: Vec<String> = fs_err::read_dir(&directory)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let near = nearest(&wanted, names.iter().map(String::as_str))?;
    Some(if file.parent() == Some(Path::new("")) {
        PathBuf::from(near)
    } else {
        directory.join(near)
    })
}

/// Lets relative channel paths that start at one directory start at another.
fn anchor(channels: &mut [ChannelRequest], from: &Path, to: &Path) {
    for channel in channels {
        let text = channel.text.as_str();
        let is_relative =
            matches!(text, "." | "..") || text.starts_with("./") || text.starts_with("../");
        if is_relative {
            channel.text = seen_from(to, &from.join(text));
        }
    }
}

/// A path as it is written in a directory: relative, so that a lock does not depend on where
/// the project lies. Absolute where one of the two does not exist.
fn seen_from(directory: &Path, path: &Path) -> String {
    let relative = || {
        let path = fs_err::canonicalize(path).ok()?;
        pathdiff::diff_paths(path, fs_err::canonicalize(directory).ok()?)
    };
    match relative() {
        Some(path) if path.starts_with("..") => path.display().to_string(),
        Some(path) => Path::new(".").join(path).display().to_string(),
        None => {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            path.display().to_string()
        }
    }
}

/// Puts the arguments on top of what the files say. Tells whether `-p` left platforms out.
fn add_arguments(
    request: &mut Request,
    args: &RequestArgs,
    outputs: &[String],
    directory: Option<&Path>,
    printer: &Printer,
) -> Result<bool, Failure> {
    let here = Origin::command_line;
    let mut channels: Vec<ChannelRequest> = args
        .channels
        .iter()
        .map(|text| ChannelRequest {
            text: text.clone(),
            origin: here(),
        })
        .collect();
    if let Some(directory) = directory.filter(|directory| *directory != Path::new(".")) {
        anchor(&mut channels, Path::new("."), directory);
    }
    channels.append(&mut request.channels);
    request.channels = channels;
    for spec in args.specs.iter().filter(|spec| !outputs.contains(spec)) {
        request.requirements.push(parse_spec(spec, &here())?);
    }
    for spec in &args.constraints {
        request.constraints.push(parse_spec(spec, &here())?);
    }
    // The first override that fits counts, and who types one means it.
    let overrides = args.overrides.iter().map(|text| Override::parse(text));
    let overrides: Vec<Override> = overrides.collect::<Result<_, _>>()?;
    request.overrides.splice(0..0, overrides);
    if let Some(text) = &args.exclude_newer {
        let cutoff = Cutoff::parse(text)
            .map_err(|problem| Failure::usage(format!("`--exclude-newer`: {problem}")))?;
        request
            .exclude_newer
            .get_or_insert_with(ExcludeNewer::default)
            .default = Some(cutoff);
    }
    if let Some(priority) = args.channel_priority {
        request.channel_priority = Some(priority.into());
    }
    if let Some(strategy) = args.strategy {
        request.strategy = Some(strategy.into());
    }
    add_base(request, args)?;
    let is_part = choose_platforms(request, &args.platforms)?;
    for text in &args.virtual_packages {
        let package = parse_virtual_package(text)
            .map_err(|problem| Failure::usage(format!("`--virtual-package`: {problem}")))?;
        let name = package.name.as_normalized();
        if let Some(meant) = meant_virtual_package(name) {
            printer.warn(&format!(
                "`{name}` is no virtual package that conda defines; did you mean `{meant}`?"
            ));
        }
        for platform in &mut request.platforms {
            if concerns(package.name.as_normalized(), platform) {
                let change = VirtualPackageChange::Set(package.clone());
                platform.virtual_packages.push(change);
            }
        }
    }
    Ok(is_part)
}

/// `--base`, `--policy` and `--expand`.
fn add_base(request: &mut Request, args: &RequestArgs) -> Result<(), Failure> {
    if let Some(path) = &args.base {
        request.base = Some(Base {
            source: BaseSource::Lock(path.display().to_string()),
            policy: BasePolicy::default(),
            origin: Origin::command_line(),
        });
    }
    match (&mut request.base, args.policy) {
        (Some(base), Some(policy)) => base.policy = policy.into(),
        (None, Some(_)) => {
            return Err(Failure::usage(
                "`--policy` says how far a base may move, and there is none",
            )
            .hint("name one with `--base LOCK`, or under [base] in the request"));
        }
        (_, None) => {}
    }
    for name in &args.expand {
        let mut lines = request.requirements.iter_mut();
        match lines.find(|line| line.name().as_normalized() == name) {
            Some(line) => line.expand = true,
            None => {
                return Err(Failure::usage(format!(
                    "`--expand {name}`: nothing asks for `{name}`"
                ))
                .hint("name the metapackage among the specs as well"));
            }
        }
    }
    Ok(())
}

/// Whether a virtual package can mean anything on a platform.
fn concerns(name: &str, platform: &PlatformRequest) -> bool {
    let subdir = platform.subdir.as_str();
    match name {
        "__glibc" | "__linux" => subdir.starts_with("linux-"),
        "__osx" => subdir.starts_with("osx-"),
        "__win" => subdir.starts_with("win-"),
        _ => true,
    }
}

fn choose_platforms(request: &mut Request, wanted: &[String]) -> Result<bool, Failure> {
    if wanted.is_empty() {
        return Ok(false);
    }
    if request.platforms.is_empty() {
        for text in wanted {
            let subdir = parse_subdir(text)?;
            if subdir == rattler_conda_types::Subdir::NoArch {
                return Err(Failure::usage(NOARCH_IS_NO_PLATFORM));
            }
            let platform = PlatformRequest::of(subdir, Origin::command_line());
            if !request.platforms.contains(&platform) {
                request.platforms.push(platform);
            }
        }
        return Ok(false);
    }
    let is_wanted = |platform: &PlatformRequest, text: &str| {
        platform.name == text || platform.subdir.as_str() == text
    };
    for text in wanted {
        if !request
            .platforms
            .iter()
            .any(|platform| is_wanted(platform, text))
        {
            let names: Vec<&str> = request.platforms.iter().map(|p| p.name.as_str()).collect();
            let failure = Failure::usage(format!("the request has no platform `{text}`"));
            return Err(match nearest(text, names.iter().copied()) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint(format!("it has `{}`", names.join("`, `"))),
            });
        }
    }
    let before = request.platforms.len();
    request
        .platforms
        .retain(|platform| wanted.iter().any(|text| is_wanted(platform, text)));
    Ok(request.platforms.len() < before)
}

/// Reads the name of a subdir.
pub(crate) fn parse_subdir(text: &str) -> Result<rattler_conda_types::Subdir, Failure> {
    text.parse().map_err(|_| {
        let failure = Failure::usage(format!("unknown platform `{text}`"));
        let known = [
            "linux-64",
            "linux-aarch64",
            "linux-ppc64le",
            "osx-64",
            "osx-arm64",
            "win-64",
            "win-arm64",
        ];
        match nearest(text, known) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint(format!("common ones are `{}`", known.join("`, `"))),
        }
    })
}

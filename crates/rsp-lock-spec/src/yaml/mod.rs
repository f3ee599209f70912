//! `environment.yml`: the file of `conda env`, of CEP 24 and of conda-lock.

mod comment;
mod document;

use std::collections::BTreeMap;
use std::ops::Range;

use self::{
    comment::Remark,
    document::{Comments, Document},
};
use crate::{
    error::SpecError,
    findings::{Findings, Parsed},
    node::{Entry, Node, Value, check_keys},
    origin::Source,
    request::{PipRequirement, PlatformRequest, Request, Requirement},
    selectors::selected_names,
    spec::parse_spec_text,
    toml::environment::{add_channel, add_platform, check_environment_name, read_subdir},
};

/// `platforms` and `category` are conda-lock's, the others are in CEP 24 or written by conda.
const KEYS: &[&str] = &[
    "name",
    "channels",
    "dependencies",
    "platforms",
    "category",
    "variables",
    "prefix",
];

/// Reads an `environment.yml`.
///
/// - `# [linux]` after a dependency limits it to platforms, as `sel(linux): spec`
///   does; a selector anywhere else, or one that is not about platforms, is an error.
/// - Another comment after a dependency is its reason, a word like `DM-1234` in it its ticket.
/// - `category` becomes the group of the dependencies.
/// - `nodefaults` and `prefix` are without effect here, for no channel is ever added
///   and nothing is installed; `variables` are no part of a lock, which is a warning.
///
/// ```
/// use rsp_lock_spec::{Source, parse_environment_yaml};
/// let text = "dependencies:\n  - pyqt <5.12  # for matplotlib, DM-15025\n  - gcc  # [linux64]\n";
/// let request = parse_environment_yaml(&Source::new("environment.yml", text))?.request;
/// assert_eq!(request.requirements[0].note.ticket.as_deref(), Some("DM-15025"));
/// assert_eq!(request.requirements[1].platforms, ["linux-64"]);
/// # Ok::<(), rsp_lock_spec::SpecError>(())
/// ```
pub fn parse_environment_yaml(source: &Source) -> Result<Parsed, SpecError> {
    let mut findings = Findings::new(source);
    let mut request = Request::default();
    if let Some(document) = document::read(&mut findings, &source.text) {
        Reader {
            findings: &mut findings,
            text: &source.text,
            comments: document.comments.clone(),
            request: &mut request,
        }
        .read(&document);
    }
    findings.finish(request)
}

struct Reader<'r, 's> {
    findings: &'r mut Findings<'s>,
    text: &'s str,
    /// Those that no dependency has taken.
    comments: Comments,
    request: &'r mut Request,
}

impl Reader<'_, '_> {
    fn read(mut self, document: &Document) {
        if matches!(document.root.value, Value::Null) {
            self.findings.error(
                &document.root.span,
                "the file is empty",
                vec!["it needs at least `dependencies`".to_owned()],
            );
            return;
        }
        let expected = "a mapping with keys such as `channels` and `dependencies`";
        let Some(entries) = document
            .root
            .table(self.findings, "an environment file", expected)
        else {
            return;
        };
        check_keys(self.findings, entries, KEYS, "an environment file");
        for entry in entries {
            match entry.key.as_str() {
                "name" => self.name(entry),
                "channels" => self.channels(&entry.value),
                "platforms" => self.platforms(&entry.value),
                "variables" => self.findings.warning(
                    &entry.key_span,
                    "`variables` are set when an environment is activated; they are no part of a lock",
                    Vec::new(),
                ),
                _ => {}
            }
        }
        for entry in entries {
            if entry.key == "dependencies" {
                self.dependencies(&entry.value);
            }
        }
        if let Some(entry) = entries.iter().find(|entry| entry.key == "category")
            && let Some(category) = entry.value.text(self.findings, "`category`", "a string")
        {
            for requirement in &mut self.request.requirements {
                requirement.group = Some(category.to_owned());
            }
        }
        self.warn_of_repetition();
        self.refuse_other_selectors();
    }

    fn name(&mut self, entry: &Entry) {
        let Some(name) = entry.value.text(self.findings, "`name`", "a string") else {
            return;
        };
        match check_environment_name(name) {
            Ok(()) => {
                self.request.environment = Some(name.to_owned());
                let place = self.findings.origin(&entry.key_span);
                self.request
                    .places
                    .insert("environment.name".to_owned(), place);
            }
            Err(problem) => self.findings.error(&entry.value.span, problem, Vec::new()),
        }
    }

    fn channels(&mut self, node: &Node) {
        for item in self.items(node, "`channels`") {
            if let Some(text) = item.text(self.findings, "a channel", "a string")
                && text != "nodefaults"
            {
                add_channel(self.findings, text, &item.span, self.request);
            }
        }
    }

    fn platforms(&mut self, node: &Node) {
        for item in self.items(node, "`platforms`") {
            if let Some(text) = item.text(self.findings, "a platform", "a string")
                && let Some(subdir) = read_subdir(self.findings, text, &item.span)
            {
                let platform = PlatformRequest::of(subdir, self.findings.origin(&item.span));
                add_platform(self.findings, item, self.request, platform);
            }
        }
    }

    /// The items of a list; a key with nothing after it has none.
    fn items<'a>(&mut self, node: &'a Node, what: &str) -> &'a [Node] {
        if matches!(node.value, Value::Null) {
            return &[];
        }
        node.list(self.findings, what, "a list (lines that begin with `- `)")
            .unwrap_or_default()
    }

    fn dependencies(&mut self, node: &Node) {
        let mut pip_before: Option<usize> = None;
        for item in self.items(node, "`dependencies`") {
            match &item.value {
                Value::Table(entries) => {
                    for entry in entries {
                        if entry.key == "pip" {
                            let line = self.findings.line(entry.key_span.start);
                            if let Some(first) = pip_before.replace(line) {
                                self.findings.error(
                                    &entry.key_span,
                                    "there is a second list for pip",
                                    vec![format!("the first is on line {first}; join the two")],
                                );
                            }
                            self.pip(&entry.value);
                        } else {
                            self.selected(entry);
                        }
                    }
                }
                Value::Null => {
                    self.findings
                        .error(&item.span, "a dependency is empty", Vec::new());
                }
                _ => {
                    let expected = "a string such as `python 3.13.*`";
                    if let Some(text) = item.text(self.findings, "a dependency", expected) {
                        self.dependency(text, &item.span, &[]);
                    }
                }
            }
        }
    }

    /// `sel(linux): gcc`, as micromamba reads it.
    fn selected(&mut self, entry: &Entry) {
        let selector = entry
            .key
            .strip_prefix("sel(")
            .and_then(|rest| rest.strip_suffix(')'));
        let Some(selector) = selector else {
            let mut hints = vec![
                "a mapping among the dependencies is `pip:` or a selector such as `sel(linux):`"
                    .to_owned(),
            ];
            if crate::nearest::nearest(&entry.key, ["pip"]).is_some() {
                hints.insert(0, "did you mean `pip`?".to_owned());
            }
            self.findings.error(
                &entry.key_span,
                format!("unknown key `{}` in `dependencies`", entry.key),
                hints,
            );
            return;
        };
        let platforms = match selected_names(selector) {
            Ok(platforms) => platforms,
            Err(problem) => {
                self.findings
                    .error(&entry.key_span, problem, comment::selector_advice());
                return;
            }
        };
        for (text, span) in entry.value.texts(self.findings, "a dependency") {
            self.dependency(text, span, &platforms);
        }
    }

    fn dependency(&mut self, text: &str, span: &Range<usize>, platforms: &[String]) {
        let remark = comment::take(self.findings, &mut self.comments, self.text, span);
        let parsed = match parse_spec_text(text) {
            Ok(parsed) => parsed,
            Err(bad) => {
                self.findings.error(span, bad.to_string(), bad.hints);
                return;
            }
        };
        for warning in parsed.warnings {
            self.findings
                .warning(span, format!("`{text}`: {warning}"), Vec::new());
        }
        let Some(platforms) = self.both(platforms, &remark, span) else {
            return;
        };
        self.request.requirements.push(Requirement {
            note: remark.note,
            platforms,
            ..Requirement::new(parsed.spec, text.trim(), self.findings.origin(span))
        });
    }

    /// The platforms of a selector key and of a selector comment; `None` if they exclude each other.
    fn both(
        &mut self,
        outer: &[String],
        remark: &Remark,
        span: &Range<usize>,
    ) -> Option<Vec<String>> {
        if outer.is_empty() || remark.platforms.is_empty() {
            return Some([outer, &remark.platforms].concat());
        }
        let both: Vec<String> = outer
            .iter()
            .filter(|platform| remark.platforms.contains(platform))
            .cloned()
            .collect();
        if both.is_empty() {
            self.findings.error(
                span,
                "its two selectors hold together on no platform",
                Vec::new(),
            );
            return None;
        }
        Some(both)
    }

    fn pip(&mut self, node: &Node) {
        for item in self.items(node, "`pip`") {
            let Some(text) = item.text(self.findings, "a pip requirement", "a string") else {
                continue;
            };
            let remark = comment::take(self.findings, &mut self.comments, self.text, &item.span);
            if !remark.platforms.is_empty() {
                self.findings.error(
                    &item.span,
                    "a selector after a pip requirement is not read",
                    vec!["pip has markers of its own: `; sys_platform == \"linux\"`".to_owned()],
                );
            }
            self.request.pip.push(PipRequirement {
                text: text.trim().to_owned(),
                origin: self.findings.origin(&item.span),
                note: remark.note,
            });
        }
    }

    /// conda lets a name be asked for twice and obeys both lines.
    fn warn_of_repetition(&mut self) {
        let mut first: BTreeMap<&str, &Requirement> = BTreeMap::new();
        for requirement in &self.request.requirements {
            let name = requirement.name().as_normalized();
            if let Some(earlier) = first.get(name)
                && earlier.platforms == requirement.platforms
            {
                self.findings.warning(
                    &requirement.origin.span,
                    format!(
                        "`{name}` is asked for twice, on line {} and on line {}; both lines hold",
                        earlier.origin.line, requirement.origin.line
                    ),
                    Vec::new(),
                );
            } else {
                first.insert(name, requirement);
            }
        }
    }

    /// A selector that is not after a dependency would be without effect.
    fn refuse_other_selectors(&mut self) {
        for (at, comment) in &self.comments {
            let comment = comment.trim();
            let Some((selector, _)) = comment::leading_selector(comment) else {
                continue;
            };
            let line = self.text.get(..*at).unwrap_or_default();
            let alone = line
                .rsplit('\n')
                .next()
                .is_none_or(|before| before.trim().is_empty());
            if !alone || selected_names(selector).is_ok() {
                self.findings.error(
                    &(*at..*at + comment.len() + 1),
                    format!("the selector `{comment}` is not after a dependency, so it would have no effect"),
                    comment::selector_advice(),
                );
            }
        }
    }
}

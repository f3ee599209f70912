//! YAML text to a tree of values with places, and the comments beside them.

use std::{collections::BTreeMap, ops::Range};

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, ScanError, StrInput};

use crate::{
    findings::Findings,
    node::{Entry, Node, Value},
};

/// A document: its root, and its comments by the byte they start at.
pub(super) struct Document {
    pub(super) root: Node,
    pub(super) comments: Comments,
}

/// The comments of a document: the byte of the `#`, and the text after it.
pub(super) type Comments = BTreeMap<usize, String>;

/// No request needs more levels; deeper ones would be recursed into.
const MAX_DEPTH: usize = 20;

/// Why reading stopped.
struct Stop {
    span: Range<usize>,
    message: String,
    hints: Vec<String>,
}

/// The only document of a text; `None` if it cannot be read (which is reported).
pub(super) fn read(findings: &mut Findings<'_>, text: &str) -> Option<Document> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        text,
        comments: Comments::new(),
    };
    match reader.document() {
        Ok(root) => Some(Document {
            root,
            comments: reader.comments,
        }),
        Err(stop) => {
            findings.error(&stop.span, stop.message, stop.hints);
            None
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    text: &'t str,
    comments: Comments,
}

impl<'t> Reader<'t> {
    /// The next event that is not a comment.
    fn next(&mut self) -> Result<(Event<'t>, Range<usize>), Stop> {
        loop {
            let Some(event) = self.parser.next_event() else {
                return Ok((Event::StreamEnd, self.text.len()..self.text.len()));
            };
            let (event, span) = event.map_err(|error| self.invalid(&error))?;
            let span = span.byte_range().unwrap_or_default();
            if let Event::Comment(text, _) = event {
                self.comments.insert(span.start, text.into_owned());
            } else {
                return Ok((event, span));
            }
        }
    }

    fn invalid(&self, error: &ScanError) -> Stop {
        let at = error.marker().byte_offset().unwrap_or(0);
        let at = at.min(self.text.len());
        let mut hints = Vec::new();
        let before = self.text.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text.get(line_start..).unwrap_or_default();
        let line = line.lines().next().unwrap_or_default();
        if line.len() - line.trim_start().len() > 0
            && line
                .chars()
                .take_while(|c| c.is_whitespace())
                .any(|c| c == '\t')
        {
            hints.push("indent with blanks: YAML takes no tabs".to_owned());
        }
        Stop {
            span: at..at,
            message: format!("invalid YAML: {}", error.info()),
            hints,
        }
    }

    fn document(&mut self) -> Result<Node, Stop> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(..), _) => {}
                (Event::StreamEnd | Event::DocumentEnd, span) => {
                    return Ok(Node {
                        span,
                        value: Value::Null,
                    });
                }
                (event, span) => {
                    let root = self.node(event, span, 0)?;
                    self.end()?;
                    return Ok(root);
                }
            }
        }
    }

    /// Reads up to the end of the text, so that no comment and no second document is missed.
    fn end(&mut self) -> Result<(), Stop> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentStart(..), span) => {
                    return Err(Stop {
                        span,
                        message: "a second document begins here".to_owned(),
                        hints: vec!["write one document a file".to_owned()],
                    });
                }
                _ => {}
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Range<usize>, depth: usize) -> Result<Node, Stop> {
        let stop = |message: &str, hints: Vec<String>| Stop {
            span: span.clone(),
            message: message.to_owned(),
            hints,
        };
        if depth > MAX_DEPTH {
            return Err(stop("it is nested too deeply", Vec::new()));
        }
        let value = match event {
            Event::Scalar(text, style, anchor, _) => {
                if anchor != 0 {
                    return Err(stop("YAML anchors are not read", Vec::new()));
                }
                scalar(&text, style)
            }
            Event::SequenceStart(_, anchor, _) | Event::MappingStart(_, anchor, _)
                if anchor != 0 =>
            {
                return Err(stop("YAML anchors are not read", Vec::new()));
            }
            Event::SequenceStart(..) => self.list(depth)?,
            Event::MappingStart(..) => self.table(depth)?,
            Event::Alias(_) => {
                return Err(stop(
                    "YAML aliases are not read",
                    vec!["write out what the alias stands for".to_owned()],
                ));
            }
            _ => return Err(stop("a value was expected here", Vec::new())),
        };
        Ok(Node { span, value })
    }

    fn list(&mut self, depth: usize) -> Result<Value, Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn table(&mut self, depth: usize) -> Result<Value, Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        loop {
            let (event, key_span) = self.next()?;
            let key = match event {
                Event::MappingEnd => return Ok(Value::Table(entries)),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => {
                    return Err(Stop {
                        span: key_span,
                        message: "a key must be a string".to_owned(),
                        hints: Vec::new(),
                    });
                }
            };
            if let Some(first) = places.insert(key.clone(), key_span.start) {
                let line = self.text.get(..first).unwrap_or_default();
                let line = line.matches('\n').count() + 1;
                return Err(Stop {
                    span: key_span,
                    message: format!("the key `{key}` is written twice"),
                    hints: vec![format!("first written on line {line}; keep one of the two")],
                });
            }
            let (event, span) = self.next()?;
            entries.push(Entry {
                key,
                key_span,
                dotted: false,
                value: self.node(event, span, depth + 1)?,
            });
        }
    }
}

/// Only nothing and the two flags are not taken for text: `1.10` is a version.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" if style == ScalarStyle::Plain => Value::Null,
        _ => Value::Text(text.to_owned()),
    }
}

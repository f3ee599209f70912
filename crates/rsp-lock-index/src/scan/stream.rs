//! A text that arrives in pieces.

use super::{
    Envelope, Records, ScanError, ScannedRecord,
    cursor::Cursor,
    record::{self, Before},
};

/// Scans a text of which only a window is in memory.
///
/// The caller shows a window of the text, drops from its front what [`Stream::feed`] says is
/// done with, and shows the rest again with more behind it.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    place: Place,
    /// `info`, `removed` and `v3`, as JSON.
    envelope: Envelope,
    has_records: bool,
}

/// Where in the document the window starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Start,
    /// Before a top-level key.
    Key,
    /// Before the first record of a section, or its end.
    SectionStart,
    /// Before a record.
    Record,
    /// Behind a top-level value.
    ValueEnd,
    End,
}

/// Somebody who knows no record beforehand.
struct Unknown<'f, 'a>(&'f mut dyn FnMut(&ScannedRecord<'a>));

impl<'a> Records<'a> for Unknown<'_, 'a> {
    fn known(&mut self, _: &'a [u8]) -> Option<usize> {
        None
    }

    fn add_known(&mut self) {}

    fn add(&mut self, record: &ScannedRecord<'a>) {
        (self.0)(record);
    }
}

impl Stream {
    /// Scans as far as whole records go; says how many bytes of the window are done with.
    ///
    /// With `is_last`, the window ends where the text ends. Otherwise what does not make sense
    /// is taken to be cut off, unless the text goes on behind it.
    pub fn feed<'a>(
        &mut self,
        window: &'a [u8],
        is_last: bool,
        on_record: &mut dyn FnMut(&ScannedRecord<'a>),
    ) -> Result<usize, ScanError> {
        self.feed_to(window, is_last, &mut Unknown(on_record))
    }

    /// [`Stream::feed`] for who may know records already.
    pub fn feed_to<'a>(
        &mut self,
        window: &'a [u8],
        is_last: bool,
        records: &mut impl Records<'a>,
    ) -> Result<usize, ScanError> {
        let mut cursor = Cursor::new(window, 0);
        let mut before = Before::default();
        let mut done = 0;
        while self.place != Place::End {
            match self.step(&mut cursor, &mut before, records) {
                Ok(()) => done = cursor.position(),
                Err(error) if is_last || error.position < window.len() => return Err(error),
                Err(_) => return Ok(done),
            }
        }
        // Only blanks may follow.
        match cursor.peek() {
            Some(_) => Err(cursor.unexpected(' ')),
            None => Ok(window.len()),
        }
    }

    fn step<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        before: &mut Before<'a>,
        records: &mut impl Records<'a>,
    ) -> Result<(), ScanError> {
        self.place = match self.place {
            Place::Start => {
                cursor.expect(b'{')?;
                if cursor.take_if_there(b'}')? {
                    Place::End
                } else {
                    Place::Key
                }
            }
            Place::Key => self.key(cursor)?,
            Place::SectionStart => {
                if cursor.take_if_there(b'}')? {
                    Place::ValueEnd
                } else {
                    Place::Record
                }
            }
            Place::Record => {
                cursor.peek();
                let record = match records.known(cursor.rest()) {
                    Some(length) => {
                        cursor.skip(length);
                        None
                    }
                    None => Some(record::read(cursor, before)?),
                };
                let place = if cursor.take_if_there(b',')? {
                    Place::Record
                } else {
                    cursor.expect(b'}')?;
                    Place::ValueEnd
                };
                if let Some(record) = record {
                    records.add(&record);
                    before.record = record;
                } else {
                    records.add_known();
                }
                place
            }
            Place::ValueEnd => {
                if cursor.take_if_there(b',')? {
                    Place::Key
                } else {
                    cursor.expect(b'}')?;
                    Place::End
                }
            }
            Place::End => Place::End,
        };
        Ok(())
    }

    fn key(&mut self, cursor: &mut Cursor<'_>) -> Result<Place, ScanError> {
        let key = cursor.string()?;
        cursor.expect(b':')?;
        if matches!(key.bytes, b"packages" | b"packages.conda") {
            cursor.expect(b'{')?;
            self.has_records = true;
            return Ok(Place::SectionStart);
        }
        cursor.peek();
        let start = cursor.position();
        cursor.skip_value()?;
        let value = || Some(cursor.slice_from(start).to_vec());
        // A number may go on behind the window.
        let mut behind = cursor.clone();
        if behind.peek().is_none() {
            return Err(behind.unexpected(','));
        }
        match key.bytes {
            b"info" => self.envelope.info = value(),
            b"removed" => self.envelope.removed = value(),
            b"v3" => {
                self.has_records = true;
                self.envelope.v3 = value();
            }
            _ => {}
        }
        Ok(Place::ValueEnd)
    }

    /// What the document says besides its records, as far as it was scanned.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Whether the document has a section for records, even an empty one.
    pub fn has_records(&self) -> bool {
        self.has_records
    }
}

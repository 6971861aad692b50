//! Rows as lines of `COPY … FROM STDIN` in the text format.

use bytes::{BufMut as _, BytesMut};
use std::fmt::{self, Display, Write};

/// One line that is being written, a value after the other.
pub(crate) struct CopyLine<'a> {
    bytes: &'a mut BytesMut,
    begun: bool,
}

impl<'a> CopyLine<'a> {
    /// A line behind what is there.
    pub(crate) fn new(bytes: &'a mut BytesMut) -> Self {
        Self { bytes, begun: false }
    }

    /// The next value.
    pub(crate) fn value(&mut self, value: impl Display) -> &mut Self {
        self.separate();
        // Writing into a buffer that grows cannot fail.
        let _ = write!(Escaping(self.bytes), "{value}");
        self
    }

    /// The next value, or null.
    pub(crate) fn optional(&mut self, value: Option<impl Display>) -> &mut Self {
        if let Some(value) = value {
            return self.value(value);
        }
        self.separate();
        self.bytes.put_slice(b"\\N");
        self
    }

    /// The end of the line.
    pub(crate) fn end(self) {
        self.bytes.put_u8(b'\n');
    }

    fn separate(&mut self) {
        if self.begun {
            self.bytes.put_u8(b'\t');
        }
        self.begun = true;
    }
}

struct Escaping<'a>(&'a mut BytesMut);

impl Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            match byte {
                b'\\' => self.0.put_slice(b"\\\\"),
                b'\t' => self.0.put_slice(b"\\t"),
                b'\n' => self.0.put_slice(b"\\n"),
                b'\r' => self.0.put_slice(b"\\r"),
                _ => self.0.put_u8(byte),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_set_apart_and_nothing_in_them_is_taken_for_a_mark() {
        let mut bytes = BytesMut::new();
        let mut line = CopyLine::new(&mut bytes);
        line.value("a\tb").optional(None::<&str>).value(7).optional(Some("c\\d\ne\r"));
        line.end();
        assert_eq!(&bytes[..], b"a\\tb\t\\N\t7\tc\\\\d\\ne\\r\n");
    }
}

//! Customers as lines of `COPY … FROM STDIN` in the text format.

use super::Customer;
use bytes::{BufMut as _, BytesMut};

/// The columns of a line, in its order.
pub(crate) const COPY_COLUMNS: &str = "customer_code, name, email, phone, address, city, province, postal_code, \
     latitude, longitude, status, customer_type, company_name, tax_id, registration_date, balance, notes";

impl Customer {
    /// Appends the line of this customer.
    pub(crate) fn write_copy_line(&self, line: &mut BytesMut) {
        let values = [
            Some(self.code.as_str()),
            Some(&self.name),
            self.email.as_deref(),
            self.phone.as_deref(),
            Some(&self.address),
            Some(self.city),
            Some(self.province),
            Some(&self.postal_code),
            Some(&self.latitude),
            Some(&self.longitude),
            Some(self.status),
            Some(self.kind),
            self.company_name.as_deref(),
            self.tax_id.as_deref(),
            Some(&self.registration_date),
            Some(&self.balance),
            self.notes,
        ];
        for (position, value) in values.into_iter().enumerate() {
            if position > 0 {
                line.put_u8(b'\t');
            }
            match value {
                None => line.put_slice(b"\\N"),
                Some(text) => escape(text, line),
            }
        }
        line.put_u8(b'\n');
    }
}

fn escape(text: &str, line: &mut BytesMut) {
    for byte in text.bytes() {
        match byte {
            b'\\' => line.put_slice(b"\\\\"),
            b'\t' => line.put_slice(b"\\t"),
            b'\n' => line.put_slice(b"\\n"),
            b'\r' => line.put_slice(b"\\r"),
            _ => line.put_u8(byte),
        }
    }
}

//! The bytes that are signed, in a form that can be read in one way only.

use secrets::sign;
use storage::people::audit::Head;

/// Tell apart what the one key signs.
const ENTRY: &[u8] = b"geniacs audit entry 1";
const HEAD: &[u8] = b"geniacs audit head 1";
const OLDER: &[u8] = b"geniacs audit older 1";

/// Signs an entry behind the one whose signature is `previous`.
pub(crate) fn sign_entry(key: &str, previous: &[u8], seq: i64, fields: &[Option<String>]) -> [u8; 32] {
    let mut bytes = Vec::new();
    append_part(&mut bytes, Some(ENTRY));
    append_part(&mut bytes, Some(previous));
    append_part(&mut bytes, Some(&seq.to_be_bytes()));
    for field in fields {
        append_part(&mut bytes, field.as_deref().map(str::as_bytes));
    }
    sign(key.as_bytes(), &[&bytes])
}

/// Signs where the chain begins and ends.
pub(crate) fn sign_head(key: &str, head: &Head) -> [u8; 32] {
    let mut bytes = Vec::new();
    append_part(&mut bytes, Some(HEAD));
    for number in [head.starts_after, head.anchor_seq, head.seq] {
        append_part(&mut bytes, Some(&number.to_be_bytes()));
    }
    append_part(&mut bytes, Some(&head.anchor_mac));
    append_part(&mut bytes, Some(&head.mac));
    sign(key.as_bytes(), &[&bytes])
}

/// Signs how many unsigned entries there were when the chain began.
pub(crate) fn sign_older(key: &str, starts_after: i64, entries: i64) -> [u8; 32] {
    let mut bytes = Vec::new();
    append_part(&mut bytes, Some(OLDER));
    append_part(&mut bytes, Some(&starts_after.to_be_bytes()));
    append_part(&mut bytes, Some(&entries.to_be_bytes()));
    sign(key.as_bytes(), &[&bytes])
}

/// Whether it is there, its length, itself.
fn append_part(bytes: &mut Vec<u8>, value: Option<&[u8]>) {
    let Some(value) = value else { return bytes.push(0) };
    bytes.push(1);
    bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
    bytes.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mac(fields: &[Option<&str>]) -> [u8; 32] {
        let fields: Vec<_> = fields.iter().map(|field| field.map(str::to_owned)).collect();
        sign_entry("key", b"before", 7, &fields)
    }

    #[test]
    fn no_two_entries_read_alike() {
        let same = mac(&[Some("ab"), Some("c"), None]);
        assert_eq!(mac(&[Some("ab"), Some("c"), None]), same);
        for other in [
            &[Some("a"), Some("bc"), None][..],
            &[Some("abc"), Some(""), None],
            &[Some("abc"), None, None],
            &[Some("ab"), Some("c"), Some("")],
            &[Some("ab"), None, Some("c")],
            &[Some("ab"), Some("c")],
        ] {
            assert_ne!(mac(other), same, "{other:?}");
        }

        let fields = [Some("ab".to_owned()), Some("c".to_owned()), None];
        assert_ne!(sign_entry("key", b"before", 8, &fields), same);
        assert_ne!(sign_entry("key", b"other", 7, &fields), same);
        assert_ne!(sign_entry("other", b"before", 7, &fields), same);
    }
}

//! Rules on how people are reached.

use crate::phone;
use crate::problem::Failure;
use email_address::{EmailAddress, Options};

pub(super) fn check_email(text: &str) -> Result<(), Failure> {
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    match EmailAddress::parse_with_options(text, options) {
        Ok(_) => Ok(()),
        Err(_) => Err(Failure::new("email", "is not an e-mail address")),
    }
}

pub(super) fn check_phone(text: &str) -> Result<(), Failure> {
    if phone::is_plausible(text) {
        return Ok(());
    }
    Err(Failure::new("phone", "is not a telephone number: 5 to 15 digits, spaces, hyphens, brackets, a plus in front"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_address_has_a_name_and_a_domain_under_a_top_level() {
        for right in ["siti@example.com", "a.b+c@mail.example.co.id"] {
            assert!(check_email(right).is_ok(), "{right}");
        }

        for wrong in [
            "invalid-email",
            "siti@localhost",
            "Siti <siti@example.com>",
            "siti@[10.0.0.1]",
            "a@b@c.id",
            " siti@example.com",
            "siti@example..com",
        ] {
            assert!(check_email(wrong).is_err(), "{wrong}");
        }
    }
}

//! Passwords: argon2id with the parameters that OWASP recommends (19 MiB, two passes, one lane).
//!
//! Hashing and verifying take tens of milliseconds of one core: run them with `tokio::task::spawn_blocking`, and bound how
//! many run at once.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use secrecy::SecretString;

/// Letters and digits that are not taken for one another when read aloud or typed.
const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// 24 characters out of 56: about 139 bits.
const GENERATED_LENGTH: usize = 24;

/// How many characters a password must and may have. Nothing else is asked of one.
pub const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 12..=1_024;

/// A hash that no password is known for. Verify against it when a user is unknown, so that the answer takes as long as for
/// a wrong password.
pub const DUMMY_PASSWORD_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$JLqUKfdLDd3o3BZpYK4u6g$LkOqNdk66l1DvWjVQhz5u0eomN35CZoEg6yOWft7RoA";

/// Hashing failed, for lack of memory or randomness or because the password is longer than 4 GiB.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct PasswordError(#[from] argon2::password_hash::Error);

/// Hashes a password with a fresh salt into a PHC string. CPU heavy: run it with `spawn_blocking`.
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

/// Whether `password` is the one that `phc` was made from; a `phc` that cannot be read fits none. CPU heavy: run it with
/// `spawn_blocking`.
pub fn verify_password(password: &str, phc: &str) -> bool {
    PasswordHash::new(phc).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// A password for a first login, easy to read off a screen.
pub fn generate_password() -> SecretString {
    use rand::seq::IndexedRandom as _;
    let mut random = rand::rng();
    let characters = (0..GENERATED_LENGTH).filter_map(|_| ALPHABET.choose(&mut random).copied().map(char::from));
    SecretString::from(characters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify_password("correct horse", &hash));
        assert!(!verify_password("correct horse ", &hash));
        assert_ne!(hash, hash_password("correct horse").unwrap());
    }

    #[test]
    fn an_unreadable_hash_fits_no_password() {
        assert!(!verify_password("", ""));
        assert!(!verify_password("x", "$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[test]
    fn the_dummy_hash_costs_as_much_as_a_real_one_and_fits_nothing() {
        let dummy = PasswordHash::new(DUMMY_PASSWORD_HASH).unwrap();
        let real = PasswordHash::new(&hash_password("x").unwrap()).unwrap();
        assert_eq!((dummy.algorithm, dummy.version, &dummy.params), (real.algorithm, real.version, &real.params));
        assert!(dummy.hash.is_some() && !verify_password("", DUMMY_PASSWORD_HASH));
    }

    #[test]
    fn generated_passwords_are_long_and_differ() {
        let password = generate_password();
        assert_eq!(password.expose_secret().len(), GENERATED_LENGTH);
        assert_ne!(password.expose_secret(), generate_password().expose_secret());
    }
}

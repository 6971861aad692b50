//! Bodies, as documents describe them; the handlers read them.
#![expect(dead_code, reason = "bodies are read field by field; these types say what they may hold")]

use crate::openapi::names;
use utoipa::ToSchema;

/// A new user.
#[derive(ToSchema)]
#[schema(as = NewUser)]
pub(super) struct UserBody {
    #[schema(format = Email, max_length = 255, example = "siti@example.com")]
    email: String,
    #[schema(min_length = 1, max_length = 255, example = "Siti Rahayu")]
    name: String,
    #[schema(value_type = names::Role)]
    role: String,
    #[schema(format = Password, min_length = 12, max_length = 1_024, example = "correct horse battery staple")]
    password: String,
}

/// What of a user is to be changed. Another password, and being disabled, end every token of the user.
#[derive(ToSchema)]
pub(super) struct UserChange {
    #[schema(min_length = 1, max_length = 255)]
    name: Option<String>,
    #[schema(value_type = Option<names::Role>)]
    role: Option<String>,
    is_active: Option<bool>,
    #[schema(format = Password, min_length = 12, max_length = 1_024)]
    password: Option<String>,
}

//! A section of the settings in which each setting is said once: its field, its entry in the table, and how it is read all
//! come from one line.

/// Makes the struct of a section, its part of the table, and the function that reads it. A line is
///
/// `field: Type = setting, reader(arguments);`
///
/// where `setting` is a constructor of [`Setting`](super::Setting) and `reader` a method of
/// [`Values`](super::values::Values). The meaning is the field's documentation, too; comments above the line say more.
/// `where check` names a function that looks at the whole section once it is read, and tells which key must be what.
macro_rules! section {
    (
        $(#[$about:meta])*
        pub struct $name:ident $(where $check:ident)? {
            $(
                $(#[$more:meta])*
                $field:ident: $type:ty = $kind:ident($key:literal $(, $told:literal)+) $(.or($aliases:expr))?,
                    $reader:ident($($argument:expr),*);
            )+
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone)]
        pub struct $name {
            $(
                #[doc = concat!("`", $key, "`", $(": ", $told),+)]
                ///
                $(#[$more])*
                pub $field: $type,
            )+
        }

        impl $name {
            /// Its part of the table.
            pub(super) const SETTINGS: &[super::Setting] =
                &[$(super::Setting::$kind($key $(, $told)+)$(.or($aliases))?,)+];

            pub(super) fn read(values: &super::values::Values) -> Result<Self, super::SettingsError> {
                let read = Self {
                    $($field: values.$reader(
                        &super::Setting::$kind($key $(, $told)+)$(.or($aliases))?,
                        $($argument),*
                    )?,)+
                };
                $(
                    if let Some((key, must_be)) = $check(&read) {
                        return Err(values.refused(key, must_be));
                    }
                )?
                Ok(read)
            }
        }
    };
}

pub(super) use section;

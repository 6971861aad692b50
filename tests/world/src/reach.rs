//! What later stories have beside the others. It is drawn by dice of its own, so that the stories of lower seeds stay as
//! they are.

use crate::cast::Cast;
use crate::dice::Dice;
use domain::EntityType;

/// Stories with a lower seed have none of it.
const FROM: u64 = 300;

/// How a partner answers a push of a record that its own people have changed since they last showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guards {
    /// It overwrites it.
    Nothing,
    /// The record alone fails, as a `conflict`.
    Records,
    /// The whole request is answered 409, which names the records.
    Requests,
}

#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a difference of its own")]
pub(crate) struct Reach {
    /// Whether events come through the real ingest.
    pub(crate) door: bool,
    /// Whether changes here are pushed as they happen.
    pub(crate) real_time: bool,
    pub(crate) guards: Guards,
    /// Whether people here write what the mapping refuses.
    pub(crate) invalid: bool,
    /// Whether payments are completed, and settle an invoice.
    pub(crate) settles: bool,
}

impl Reach {
    pub(crate) fn of(seed: u64, cast: &Cast) -> Self {
        let mut dice = Dice::new(seed ^ 0x0072_6561_6368);
        let is_far = seed >= FROM;

        Self {
            door: is_far,
            real_time: is_far & dice.chance(40),
            guards: if is_far & dice.chance(45) {
                dice.one([Guards::Records, Guards::Requests])
            } else {
                Guards::Nothing
            },
            invalid: is_far & dice.chance(40),
            settles: is_far && cast.entity == EntityType::Payments,
        }
    }
}

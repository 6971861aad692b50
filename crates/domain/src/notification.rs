//! Notices to people and programs: what they are about, and how they are told.

crate::named::named_enum! {
    /// The cause of a notice.
    Cause as "cause" {
        /// Nothing is sent to an integration's partner now.
        IntegrationPaused = "integration_paused",
        /// The last sync of an entity in one direction failed as a whole.
        SyncFailed = "sync_failed",
        /// Webhook events were set aside.
        EventsSetAside = "events_set_aside",
        /// Conflicts wait for a person.
        ConflictsWaiting = "conflicts_waiting",
        /// No entity of an integration was in step for the time that the rule sets.
        NotInStep = "not_in_step",
    }
}

crate::named::named_enum! {
    /// How a rule's notices are told.
    Channel as "channel" {
        /// A signed request to a program.
        Webhook = "webhook",
        /// Mail to people.
        Email = "email",
    }
}

crate::named::named_enum! {
    /// The language of a rule's notices.
    Language as "language" {
        /// Indonesian.
        Indonesian = "id",
        /// English.
        English = "en",
    }
}

crate::named::named_enum! {
    /// The part of a notice that is told.
    Tells as "tells" {
        /// It began.
        Begin = "begin",
        /// It is over.
        End = "end",
        /// Nothing happened; somebody tries whether it arrives.
        Test = "test",
    }
}

crate::named::named_enum! {
    /// The state of a delivery.
    DeliveryState as "state" {
        /// Not sent yet, or to be sent again.
        Waiting = "waiting",
        /// Taken by the other side.
        Sent = "sent",
        /// Given up after the last attempt.
        Failed = "failed",
        /// Not wanted any more before it could be sent.
        Dropped = "dropped",
    }
}

//! The six kinds of record that are kept in step.

crate::named::named_enum! {
    /// A kind of record, named as in the specification's `entity_type`.
    EntityType as "entity_type" {
        /// People and companies that are served.
        Customers = "customers",
        /// Subscriptions of customers.
        Subscriptions = "subscriptions",
        /// Money received.
        Payments = "payments",
        /// Measurements, append-only.
        MonitoringData = "monitoring_data",
        /// Money asked for.
        Invoices = "invoices",
        /// Network access servers.
        NasServers = "nas_servers",
    }
}

impl EntityType {
    /// All of them in the order of dependence: each refers only to those before it.
    pub const IN_ORDER: [Self; 6] =
        [Self::NasServers, Self::Customers, Self::Subscriptions, Self::Invoices, Self::Payments, Self::MonitoringData];

    /// The entity's path at the partner, with its leading slash, unless the integration overrides it.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Customers => "/customers",
            Self::Subscriptions => "/subscriptions",
            Self::Payments => "/payments",
            Self::MonitoringData => "/monitoring",
            Self::Invoices => "/invoices",
            Self::NasServers => "/nas_servers",
        }
    }

    /// The field of a partner's record that holds its Geniacs id.
    pub const fn id_field(self) -> &'static str {
        match self {
            Self::Customers => "customer_id",
            Self::Subscriptions => "subscription_id",
            Self::Payments => "payment_id",
            Self::MonitoringData => "monitoring_id",
            Self::Invoices => "invoice_id",
            Self::NasServers => "nas_server_id",
        }
    }

    /// The entity's name in the type of a webhook event: `customer` in `customer.updated`.
    pub const fn event_name(self) -> &'static str {
        match self {
            Self::Customers => "customer",
            Self::Subscriptions => "subscription",
            Self::Payments => "payment",
            Self::MonitoringData => "monitoring",
            Self::Invoices => "invoice",
            Self::NasServers => "nas_server",
        }
    }
}

//! Payments that are completed, and the invoice that they all belong to. Nobody edits the invoice: what becomes of it follows
//! from the partner's word.

use crate::checks::Violation;
use crate::world::World;
use serde_json::json;

/// The invoice at the partner.
const INVOICE: &str = "i1";

impl World {
    /// An open invoice that both sides know, and to which every payment belongs.
    pub(crate) async fn bill(&self) {
        let default = if self.reach.settles { "SET DEFAULT 1" } else { "DROP DEFAULT" };
        self.execute(&format!("ALTER TABLE payments ALTER invoice_id {default}")).await.expect("the table changes");
        if !self.reach.settles {
            return;
        }

        let id = self.integration_id;
        for statement in [
            "INSERT INTO invoices (invoice_number, total_amount, status) VALUES ('F1', 1000, 'sent')".to_owned(),
            format!(
                "INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id, agreed)
                 VALUES ({id}, 'invoices', 1, '{INVOICE}', '{{\"invoice_paid\": 0, \"invoice_status\": \"sent\"}}')"
            ),
            format!(
                "INSERT INTO geniacs_field_mappings (integration_id, entity_type, local_field, geniacs_field, field_type)
                 VALUES ({id}, 'invoices', 'status', 'invoice_status', 'string'),
                        ({id}, 'invoices', 'paid_amount', 'invoice_paid', 'number')"
            ),
        ] {
            self.execute(&statement).await.expect("there is an invoice");
        }
    }

    /// The partner takes the money of a payment.
    pub(crate) fn complete_there(&self) {
        let live: Vec<String> = self.partner.borrow().live().map(|record| record.id.clone()).collect();
        let Some(id) = self.pick(&live) else { return };
        let name = self.partner.borrow_mut().announce_plainly(&id, "payment.completed", &json!({"payment_id": id}));
        self.timeline.say(format!("there: {id} is completed: event {name}"));
        self.completed.borrow_mut().push(id);
    }

    /// At last the partner deletes the invoice. Returns what does not hold.
    pub(crate) async fn close_the_books(&self) -> Vec<Violation> {
        if !self.reach.settles {
            return Vec::new();
        }
        let violation = |text: String| Violation { check: "settlement", lineage: String::new(), text };
        let mut violations = Vec::new();

        let ids: Vec<String> = self.completed.borrow().iter().map(|id| format!("'{id}'")).collect();
        if !ids.is_empty() {
            let unpaid = format!(
                "SELECT p.id, p.status::text FROM payments p JOIN record_links l ON l.local_id = p.id AND l.entity_type = 'payments'
                 JOIN geniacs_webhook_events e ON e.geniacs_id = l.geniacs_id AND e.event_type = 'payment.completed'
                 WHERE l.geniacs_id IN ({}) AND p.deleted_at IS NULL AND (p.status <> 'success' OR p.paid_at IS NULL)",
                ids.join(", ")
            );
            for row in self.query(&unpaid).await {
                let (id, status): (i64, &str) = (row.get(0), row.get(1));
                violations.push(violation(format!("payment {id} was completed, and is {status}")));
            }
        }

        let name =
            self.partner.borrow_mut().announce_plainly(INVOICE, "invoice.deleted", &json!({"invoice_id": INVOICE}));
        self.timeline.say(format!("there: the invoice is deleted: event {name}"));
        self.events_arrive(100).await;
        self.apply_events().await;
        if self.ask("SELECT deleted_at IS NULL FROM invoices WHERE id = 1").await == "true" {
            violations.push(violation("the invoice was deleted there, and lives here".to_owned()));
        }
        if self.ask("SELECT count(*) FROM conflicts WHERE entity_type = 'invoices'").await != "0" {
            violations.push(violation("a settlement was taken for an edit of the local side".to_owned()));
        }
        violations
    }
}

ALTER TABLE integration_limits DROP COLUMN partner_ahead_micros;

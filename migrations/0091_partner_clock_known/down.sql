ALTER TABLE integration_limits DROP COLUMN partner_clock_known;

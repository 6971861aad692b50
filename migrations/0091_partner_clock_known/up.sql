-- Whether any answer of the partner has told the time, so that `partner_ahead_micros` is what it told and not what is assumed.
ALTER TABLE integration_limits ADD COLUMN partner_clock_known boolean NOT NULL DEFAULT false;

DELETE FROM service_grants WHERE table_name IN ('notification_rules', 'notices', 'notice_deliveries');
DROP INDEX syncs_told;
DROP TABLE notice_deliveries;
DROP TABLE notices;
DROP TABLE notification_rules;

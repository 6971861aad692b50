DELETE FROM service_grants WHERE table_name = 'dead_letters';
DROP TABLE dead_letters;
DROP TYPE dead_letter_state;

DROP TABLE dead_letters;
DROP TYPE dead_letter_state;

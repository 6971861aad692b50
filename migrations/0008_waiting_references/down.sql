DROP TABLE waiting_references;

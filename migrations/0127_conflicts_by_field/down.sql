DROP INDEX conflicts_of_field;

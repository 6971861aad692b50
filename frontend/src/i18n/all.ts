import { en } from './en';
import { id } from './id';
import { addWords } from './index';

// For pages that stand alone and for tests: all words are there at once, and nothing has to be waited for.
addWords('en', en);
addWords('id', id);

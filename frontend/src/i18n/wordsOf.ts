/** The same keys, with any text. */
export type WordsOf<T> = { [Key in keyof T]: T[Key] extends string ? string : WordsOf<T[Key]> };

/** True when every surrogate of the text is half of a pair, so that UTF-8 can hold it unchanged. */
export const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text)

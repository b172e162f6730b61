/** Numbers with their noun. */

/** `1 session`, `2 sessions`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** Voids the run: a wrong answer, or something that the person at the terminal can mend. Printed without a stack. */
export class BenchError extends Error {}

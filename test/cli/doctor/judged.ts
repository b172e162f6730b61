/** Findings in short, for tests: the level and the words. */
import type { Finding } from '../../../src/cli/doctor/finding.ts'

/** `problem: the words → what to do` */
export const inWords = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ level, found, todo }) => `${level}: ${found}${todo === undefined ? '' : ` → ${todo}`}`)

export const levels = (findings: readonly Finding[]): string => findings.map(({ level }) => level).join(' ')

/** What was found, as a calm list for people and as JSON for programs. */
import { counted } from '../../base/counted.ts'
import { printable } from '../table.ts'
import type { Finding, Level } from './finding.ts'

/** The findings of one check. */
export interface Section {
  readonly name: string
  readonly findings: readonly Finding[]
}

const SIGNS: Readonly<Record<Level, string>> = { fine: '✓', warning: '!', problem: '✗', unknown: '?' }
const WIDTH = 100

export function asText(sections: readonly Section[]): string {
  const lines = sections.flatMap(({ name, findings }) => ['', name, ...findings.flatMap(findingLines)])
  return `${lines.join('\n').trimStart()}\n\n${summary(sections)}\n`
}

export const asJson = (issuer: string | undefined, sections: readonly Section[]): string =>
  `${JSON.stringify(
    {
      ...(issuer !== undefined && { issuer }),
      problems: countOf(sections, 'problem'),
      warnings: countOf(sections, 'warning'),
      findings: sections.flatMap(({ name, findings }) => findings.map((finding) => ({ check: name, ...finding }))),
    },
    undefined,
    2,
  )}\n`

export const countOf = (sections: readonly Section[], level: Level): number =>
  sections.flatMap(({ findings }) => findings).filter((finding) => finding.level === level).length

const findingLines = ({ level, found, todo }: Finding): readonly string[] => [
  ...wrapped(found, { first: `  ${SIGNS[level]} `, rest: '    ' }),
  ...(todo?.split('\n') ?? []).flatMap((line, index) =>
    wrapped(line, { first: index === 0 ? '    → ' : '      ', rest: '      ' }),
  ),
]

function wrapped(text: string, { first, rest }: { first: string; rest: string }): readonly string[] {
  const lines: string[] = []
  let line = first
  for (const word of text.split(/\s+/).map(printable)) {
    const isFresh = line === first || line === rest
    if (!isFresh && line.length + word.length + 1 > WIDTH) {
      lines.push(line)
      line = `${rest}${word}`
    } else line += isFresh ? word : ` ${word}`
  }
  return [...lines, line]
}

function summary(sections: readonly Section[]): string {
  const [problems, warnings] = [countOf(sections, 'problem'), countOf(sections, 'warning')]
  if (problems + warnings === 0) return 'All is well.'
  const parts = [
    ...(problems > 0 ? [counted(problems, 'problem')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ]
  return `${parts.join(' and ')}.`
}

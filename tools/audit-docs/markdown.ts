/** The list of events in docs/audit.md, between its two marks. */
import { EVENT_KINDS } from '../../src/audit/event-kinds.ts'

const BEGIN = '<!-- events: generated from src/audit/event-kinds.ts -->'
const END = '<!-- end of events -->'

/** `document` with the list as it should be; throws when it lacks the marks. */
export function auditMarkdown(document: string): string {
  const [before, rest] = document.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`docs/audit.md lacks ${BEGIN} or ${END}`)
  return `${before}${BEGIN}\n\n${table()}\n${END}${after}`
}

function table(): string {
  const rows = Object.entries(EVENT_KINDS).map(
    ([kind, { means, by, fields }]) => `| \`${kind}\` | ${means} | ${by} | ${fieldsOf(fields)} |`,
  )
  return ['| event | means | by | says |', '|---|---|---|---|', ...rows, ''].join('\n')
}

const fieldsOf = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, what]) => `\`${name}\`: ${what}`)
    .join('<br>')

/** What a fault of the configuration says, and how it is printed. */

export interface Position {
  /** Both count from 1, as editors do. */
  readonly line: number
  readonly column: number
  /** Left out: the configuration file itself, not one beside it. */
  readonly file?: string
}

/** Keys and indexes from the top of the file. */
export type Path = readonly (string | number)[]

/** What a rule has to say about one place. */
export interface Words {
  readonly message: string
  /** What would be right there. */
  readonly allowed?: string | undefined
  /** The nearest known name. */
  readonly suggestion?: string | undefined
}

export interface Fault extends Words {
  readonly file: string
  /** Undefined when the file itself could not be read. */
  readonly line: number | undefined
  readonly column: number | undefined
  /** `clients[0].redirect_uris[1]`, counted in the file itself; empty for the file as a whole. */
  readonly path: string
  /** The value as it may be shown: never that of a secret. */
  readonly found: string | undefined
}

/** `['clients', 0, 'scope']` → `clients[0].scope` */
export const formatPath = (path: Path): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  )

/** `clients.d/wiki.yaml:3:5`, which editors and terminals open. */
export const formatPlace = ({ file, line, column }: Pick<Fault, 'file' | 'line' | 'column'>): string =>
  [file, line, column].filter((part) => part !== undefined).join(':')

/** One fault as text: where and what on the first line, the rest indented below it. */
export function formatFault(fault: Fault): string {
  const lines = [`${formatPlace(fault)}: ${fault.path === '' ? '' : `${fault.path}: `}${fault.message}`]
  if (fault.found !== undefined) lines.push(`    found: ${fault.found}`)
  if (fault.suggestion !== undefined) lines.push(`    did you mean ${fault.suggestion}?`)
  if (fault.allowed !== undefined) lines.push(`    allowed: ${fault.allowed}`)
  return lines.join('\n')
}

export const formatFaults = (faults: readonly Fault[]): string => faults.map(formatFault).join('\n')

/** The words of `countersign audit …`. */
import { parseArgs } from 'node:util'
import { UsageError } from '../command.ts'

export interface Words {
  readonly verb: 'list' | 'export' | 'verify'
  readonly since: string | undefined
  readonly until: string | undefined
  readonly account: string | undefined
  readonly client: string | undefined
  readonly flow: string | undefined
  readonly kinds: readonly string[] | undefined
  readonly limit: number
  readonly format: 'jsonl' | 'csv'
  readonly head: string | undefined
  readonly from: number | undefined
  readonly json: boolean
}

const TEXT = { type: 'string' } as const
const FILTERS = { since: TEXT, until: TEXT, account: TEXT, client: TEXT, flow: TEXT, kind: TEXT }
const JSON_OPTION = { json: { type: 'boolean' } } as const
const OPTIONS = {
  list: { ...FILTERS, ...JSON_OPTION, limit: TEXT },
  export: { ...FILTERS, format: TEXT },
  verify: { ...JSON_OPTION, head: TEXT, from: TEXT },
} as const

const DEFAULT_LIMIT = 50
const MOST = 10_000

/** Throws UsageError. */
export function readWords([verb, ...rest]: readonly string[]): Words {
  if (verb !== 'list' && verb !== 'export' && verb !== 'verify') throw new UsageError('audit list, export or verify?')
  const values: Readonly<{ [option: string]: unknown }> = parse(rest, verb)
  const text = (name: string): string | undefined => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  const format = text('format') ?? 'jsonl'
  if (format !== 'jsonl' && format !== 'csv') throw new UsageError('--format is jsonl or csv.')
  return {
    ...{ verb, format, json: values['json'] === true },
    ...{ since: text('since'), until: text('until'), account: text('account') },
    ...{ client: text('client'), flow: text('flow'), kinds: text('kind')?.split(',') },
    limit: numberOf('limit', text('limit'), MOST) ?? DEFAULT_LIMIT,
    // As `verify` prints it, with the number before it, or alone.
    head: text('head')?.replace(/^\d+:/, ''),
    from: numberOf('from', text('from'), Number.MAX_SAFE_INTEGER),
  }
}

function parse(args: readonly string[], verb: Words['verb']) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS[verb] }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'wrong options')
  }
}

function numberOf(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0
  if (number < 1 || number > most) throw new UsageError(`--${option} wants a number from 1 to ${most}.`)
  return number
}

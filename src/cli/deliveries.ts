/** `countersign deliveries`: who was told of what, when, and why not. */
import { parseArgs } from 'node:util'
import type { Delivery } from '../storage/storage.ts'
import { type Command, type Terminal, UsageError } from './command.ts'
import { type Open, openAt, splitConfigOption } from './open.ts'
import { formatTable, toIso } from './table.ts'

const USAGE = `countersign deliveries [--client ID] [--limit N] [--json] [--config FILE]

Shows what Countersign tells others by itself, newest first: that a session has ended (back-channel logout), that an
account may have been robbed (notifications.webhook_url), and mails to people, of which it tells the domain alone. What does not arrive is tried again for a day, less and less
often; what has arrived or was given up is forgotten after a week.

--client ID  only those to this client
--limit N    at most so many; 50 unless told
`

const DEFAULT_LIMIT = 50
const MOST = 10_000

/** `open` is given by tests. */
export function deliveriesCommand(open: Open): Command {
  return {
    name: 'deliveries',
    summary: 'Show which logouts, thefts and mails were told, and which could not be',
    usage: USAGE,
    async run(args, terminal) {
      const { path, rest } = splitConfigOption(args)
      const { clientId, limit, json } = readWords(rest)
      const opened = await open(path, terminal)
      try {
        show(await opened.storage.deliveries.list({ clientId, limit }), json, terminal)
        return 0
      } finally {
        await opened.close()
      }
    },
  }
}

export const deliveries: Command = deliveriesCommand(openAt)

function readWords(args: readonly string[]): { clientId: string | undefined; limit: number; json: boolean } {
  const { client, limit = String(DEFAULT_LIMIT), json = false } = parse(args)
  if (!/^\d{1,5}$/.test(limit) || Number(limit) < 1 || Number(limit) > MOST) {
    throw new UsageError(`--limit wants a number from 1 to ${MOST}`)
  }
  return { clientId: client, limit: Number(limit), json }
}

function parse(args: readonly string[]) {
  try {
    const options = { client: { type: 'string' }, limit: { type: 'string' }, json: { type: 'boolean' } } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'wrong options')
  }
}

function show(found: readonly Delivery[], json: boolean, { stdout }: Terminal): void {
  if (json) stdout.write(`${JSON.stringify(found.map(deliveryJson), null, 2)}\n`)
  else if (found.length === 0) stdout.write('There is nothing that was to be told to anybody.\n')
  else stdout.write(deliveryTable(found))
}

const HEADINGS = ['CREATED', 'KIND', 'CLIENT', 'SESSION', 'ATTEMPTS', 'STATE', 'LAST FAILURE']

const deliveryTable = (found: readonly Delivery[]): string =>
  formatTable([
    HEADINGS,
    ...found.map((each) => [
      toIso(each.createdAt),
      each.kind,
      each.clientId ?? domainOf(each) ?? '-',
      sessionOf(each) ?? '-',
      String(each.attempts),
      stateOf(each),
      each.lastFailure ?? '-',
    ]),
  ])

function stateOf({ deliveredAt, givenUpAt, nextAttemptAt }: Delivery): string {
  if (deliveredAt !== undefined) return `delivered ${toIso(deliveredAt)}`
  return givenUpAt === undefined ? `next attempt ${toIso(nextAttemptAt)}` : `given up ${toIso(givenUpAt)}`
}

const sessionOf = ({ payload }: Delivery): string | undefined =>
  typeof payload['sid'] === 'string' ? payload['sid'] : undefined

/** Where a mail goes; to whom is sealed. */
const domainOf = ({ kind, payload }: Delivery): string | undefined =>
  kind === 'mail' ? `@${String(payload['domain'])}` : undefined

const deliveryJson = (each: Delivery) => ({
  id: each.id,
  kind: each.kind,
  client_id: each.clientId ?? null,
  session_id: sessionOf(each) ?? null,
  ...(each.kind === 'mail' && { mail: each.payload['mail'], domain: each.payload['domain'] }),
  account_id: each.accountId ?? null,
  created_at: toIso(each.createdAt),
  attempts: each.attempts,
  next_attempt_at: isoOrNull(each.nextAttemptAt),
  delivered_at: isoOrNull(each.deliveredAt),
  given_up_at: isoOrNull(each.givenUpAt),
  last_failure: each.lastFailure ?? null,
})

const isoOrNull = (at: number | undefined): string | null => (at === undefined ? null : toIso(at))

/** `countersign audit`: what happened, who did it and from where; and whether anybody has changed what was written. */
import { isPossibleKey, usernameKey } from '../accounts/username.ts'
import { EVENT_KINDS } from '../audit/event-kinds.ts'
import { parseDuration } from '../base/duration.ts'
import type { AuditFilter } from '../storage/storage.ts'
import { exportEvents } from './audit/export.ts'
import { list } from './audit/list.ts'
import { verify } from './audit/verify.ts'
import { readWords, type Words } from './audit/words.ts'
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'
import { CONFIG_OPTION_USAGE } from './config.ts'
import { type Open, type Opened, openAt, splitConfigOption } from './open.ts'

const USAGE = `countersign audit list [--since 1h] [--until TIME] [--account NAME] [--client ID] [--kind KIND,…] [--flow ID]
                       [--limit N] [--json] [--config FILE]
countersign audit export [--format jsonl|csv] [the same] [--config FILE]
countersign audit verify [--head HASH] [--from N] [--json] [--config FILE]

list    Shows what happened, newest last; at most 50 events unless --limit says so.
export  Writes all of it to standard output, oldest first, each event with its hash.
verify  Looks whether every event is there and as it was written. Exit status 1 when something is wrong; it says
        where first. It prints the number and the hash of the last event: kept elsewhere, --head proves later that
        nothing up to there was taken away.

--since, --until  a length of time ago (30m, 1h, 7d) or a time (2026-01-31, 2026-01-31T12:00:00Z)
--account         a user name, or the id of an account
--kind            docs/audit.md has the list
--flow            one sign-on from its beginning to the last refresh
--from            looks at the events from this number on: those before it are taken as they are

${CONFIG_OPTION_USAGE}
`

/** `open` is given by tests. */
export function auditCommand(open: Open): Command {
  return {
    name: 'audit',
    summary: 'Show, export and verify the audit log',
    usage: USAGE,
    async run(args, terminal) {
      const { path, rest } = splitConfigOption(args)
      const words = readWords(rest)
      // Before anything is opened, so that wrong usage is told as such on any machine.
      const times = timesOf(words, terminal)
      const opened = await open(path, terminal)
      try {
        return await runWith(words, times, { opened, terminal })
      } finally {
        await opened.close()
      }
    },
  }
}

export const audit: Command = auditCommand(openAt)

async function runWith(
  words: Words,
  times: Pick<AuditFilter, 'since' | 'until'>,
  surroundings: { opened: Opened; terminal: Terminal },
): Promise<number> {
  if (words.verb === 'verify') return verify(words, surroundings)
  const filter = { ...times, ...(await filterOf(words, surroundings.opened)) }
  return words.verb === 'list' ? list(words, filter, surroundings) : exportEvents(words, filter, surroundings)
}

function timesOf({ since, until }: Words, { clock }: Terminal): Pick<AuditFilter, 'since' | 'until'> {
  const time = (option: string, text: string | undefined): number | undefined => {
    if (text === undefined) return undefined
    const ago = parseDuration(text)
    const at = ago === undefined ? Date.parse(text) : clock.now() - ago
    // Date.parse reads much that nobody means: `5`, `yesterday 1`.
    if (Number.isNaN(at) || (ago === undefined && !/^\d{4}-\d{2}-\d{2}(T|$)/.test(text))) {
      throw new UsageError(`--${option} wants a length of time (1h, 7d) or a time (2026-01-31T12:00:00Z).`)
    }
    return at
  }
  return { since: time('since', since), until: time('until', until) }
}

async function filterOf(words: Words, { storage }: Opened): Promise<AuditFilter> {
  const unknown = words.kinds?.find((kind) => !Object.hasOwn(EVENT_KINDS, kind))
  if (unknown !== undefined)
    throw new UsageError(`there is no kind of event ${JSON.stringify(unknown)} (docs/audit.md).`)
  const { client: clientId, flow: flowId, kinds } = words
  return { clientId, flowId, kinds, accountId: words.account && (await accountIdOf(words.account, storage)) }
}

/** A name, or the id of an account, which may be gone. */
async function accountIdOf(text: string, storage: Opened['storage']): Promise<string> {
  const key = usernameKey(text)
  const byName = isPossibleKey(key) ? await storage.accounts.findByUsername(key) : undefined
  if (byName !== undefined) return byName.id
  const isKnown = (await storage.auditEvents.newest({ accountId: text }, 1)).length > 0
  if (isKnown || (await storage.accounts.find(text)) !== undefined) return text
  throw new CommandError(
    'there is no account with this user name or id, and no event of one (countersign account list)',
  )
}

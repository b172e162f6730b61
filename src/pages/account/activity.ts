/** What has happened to one's account: sign-ins and what else the audit log has of it, the last first. */
import type { FastifyInstance } from 'fastify'
import type { AuditEventOf, AuditKind } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import type { ActivityView } from '../../http/account-data-view-models.ts'
import { deviceMessage } from '../../http/device.ts'
import { readQuery } from '../../http/form.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import { nameIn } from '../../protocol/client-name.ts'
import type { ChainedEvent } from '../../storage/storage.ts'
import type { Language } from '../../words/language.ts'
import { type Message, message } from '../../words/message.ts'
import { activityMessage, TOLD_KINDS } from './activity-words.ts'
import { isByOther } from './event-actor.ts'
import { type Row, whatFits } from './fitting.ts'
import { accountFrame } from './frame.ts'
import { requireSignedIn } from './signed-in.ts'

/** A page of them stays small. */
const PER_PAGE = 12
/** Events that are read for it: sign-ons to one app in a row are one line. */
const READ = 60

export function activity(app: FastifyInstance, deps: Deps): void {
  app.get(PAGES.accountActivity, async (request, reply) => {
    const signedIn = await requireSignedIn(deps, { request, reply }, PAGES.accountActivity)
    if ('answered' in signedIn) return signedIn.answered
    const { account } = signedIn
    // What was done a moment ago is to be seen.
    await deps.audit.flush()
    const before = readBefore(readQuery(request).find('before'))
    const events = await deps.storage.auditEvents.ofAccount(account.id, {
      ...(before && { until: before.at + 1, skip: before.skip }),
      kinds: TOLD_KINDS,
      limit: READ + 1,
    })
    const lines = inLines(events.slice(0, READ)).slice(0, PER_PAGE)
    const names = await namesOf(deps, lines, request.language)
    const some = lines.map((line) => ({ line, row: rowOf(line, { accountId: account.id, names }) }))
    const fits = whatFits(some, { most: PER_PAGE, language: request.language, rowOf: ({ row }) => weighed(row) })
    const shown = fits.reduce((sum, { line }) => sum + line.length, 0)
    const here = pathBelow(deps.issuer, PAGES.accountActivity)
    allowPage(reply)
    return render(reply, 'account-activity', {
      ...(await accountFrame(deps, account, PAGES.accountActivity)),
      rows: fits.flatMap(({ row }) => row ?? []),
      first: before === undefined ? undefined : here,
      more: events.length > shown ? `${here}?before=${writeBefore(events.slice(0, shown), before)}` : undefined,
    })
  })
}

type Shown = ActivityView['rows'][number]

/** The elements of one line, without what is said in them. */
const ELEMENT = 140

const weighed = (row: Shown | undefined): Row => ({
  element: ELEMENT,
  texts: [row?.address],
  said: row ? [row.what, row.when, row.byOther ? undefined : row.device] : [],
})

/** What comes after: up to this moment, without so many of the same moment that were shown. */
interface Before {
  readonly at: number
  readonly skip: number
}

/** No number of an event is in it: it would tell how many there are of everybody. */
function readBefore(text: string | undefined): Before | undefined {
  const [, at, skip] = /^(\d{1,15})\.(\d{1,4})$/.exec(text ?? '') ?? []
  return at === undefined || skip === undefined ? undefined : { at: Number(at), skip: Number(skip) }
}

function writeBefore(shown: readonly ChainedEvent[], before: Before | undefined): string {
  const at = shown.at(-1)?.at ?? 0
  const skip = shown.filter((event) => event.at === at).length + (before?.at === at ? before.skip : 0)
  return `${at}.${skip}`
}

/** Sign-ons to the same app in a row are one line. */
function inLines(events: readonly ChainedEvent[]): readonly (readonly ChainedEvent[])[] {
  const lines: ChainedEvent[][] = []
  for (const event of events) {
    const last = lines.at(-1)
    if (event.kind === 'code_issued' && last?.[0]?.kind === event.kind && last[0].clientId === event.clientId) {
      last.push(event)
    } else lines.push([event])
  }
  return lines
}

async function namesOf(
  { clients }: Pick<Deps, 'clients'>,
  lines: readonly (readonly ChainedEvent[])[],
  { tag }: Language,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(lines.flatMap(([event]) => event?.clientId ?? []))
  const found = await Promise.all([...ids].map(async (id) => [id, await clients.find(id)] as const))
  return new Map(found.map(([id, client]) => [id, client === undefined ? id : nameIn(client.metadata, tag)]))
}

/** What `audit/` adds to what an event says. */
interface Around {
  readonly actor?: string
  readonly address?: string
  readonly userAgent?: string
}

interface Telling {
  readonly accountId: string
  readonly names: ReadonlyMap<string, string>
}

function rowOf(line: readonly ChainedEvent[], { accountId, names }: Telling): Shown | undefined {
  const [event] = line
  if (event === undefined) return undefined
  const { actor, address, userAgent, ...said } = JSON.parse(event.fields) as Around & Record<string, unknown>
  const what = activityMessage(
    { ...said, kind: event.kind } as unknown as AuditEventOf<AuditKind>,
    names.get(event.clientId ?? '') ?? '',
  )
  if (what === undefined) return undefined
  const byOther = isByOther(actor, accountId)
  return {
    what,
    when: whenOf(line),
    byOther,
    // Nor does the owner learn from where those came who look after this.
    device: byOther || userAgent === undefined ? undefined : deviceMessage(userAgent),
    address: byOther ? undefined : address,
  }
}

function whenOf(line: readonly ChainedEvent[]): Message {
  const [last, first] = [line[0]?.at ?? 0, line.at(-1)?.at ?? 0]
  if (line.length === 1) return message('activity.at', { at: new Date(last) })
  return message('activity.times', { count: line.length, first: new Date(first), last: new Date(last) })
}

/** Tells a refusal's story from all that is stored around it. */
import type { Duration } from '../base/duration.ts'
import type { Refusal, Storage } from '../storage/storage.ts'
import { isAboutKey } from './key-hints.ts'
import type { FlowRecords } from './steps.ts'
import { type KnownClient, type Story, storyOf } from './story.ts'

export interface Around {
  readonly storage: Pick<
    Storage,
    'accounts' | 'configEntries' | 'interactions' | 'grants' | 'refusals' | 'sessions' | 'signingKeys'
  >
  readonly sessionIdle: Duration
  /** Of the configuration file. */
  readonly clientIds: readonly string[]
  /** The client as it is now. */
  knownClient(id: string): Promise<KnownClient | undefined>
}

export async function tell({ storage, knownClient, clientIds, sessionIdle }: Around, refusal: Refusal): Promise<Story> {
  const { clientId, flowId, facts } = refusal
  const flow = flowId === undefined ? NO_FLOW : await flowOf(storage, flowId)
  const found = facts.sessionId === undefined ? undefined : await storage.sessions.find(facts.sessionId)
  const accountId = refusal.accountId ?? flow.grant?.grant.accountId
  return storyOf(refusal, {
    ...flow,
    account: accountId === undefined ? undefined : await storage.accounts.find(accountId),
    keys: isAboutKey(refusal) ? await storage.signingKeys.list() : [],
    client: clientId === undefined ? undefined : await knownClient(clientId),
    clientIds,
    removedAt: await removedAt(storage, refusal),
    session: found?.session,
    sessionIdle,
  })
}

/** When the client that was named was taken out of the configuration file. */
async function removedAt({ configEntries }: Pick<Storage, 'configEntries'>, { check, came }: Refusal) {
  if (check !== 'client_id' || came === undefined) return undefined
  return (await configEntries.find('client', came))?.removedAt
}

const NO_FLOW: FlowRecords = { interaction: undefined, grant: undefined, refusals: [] }

export async function flowOf(
  { interactions, grants, refusals }: Pick<Storage, 'interactions' | 'grants' | 'refusals'>,
  id: string,
): Promise<FlowRecords> {
  const [interaction, grant, refused] = await Promise.all([interactions.find(id), grants.find(id), refusals.ofFlow(id)])
  return { interaction, grant, refusals: refused }
}

/** Tells a refusal's story from all that is stored around it. */
import type { Duration } from '../base/duration.ts'
import type { Refusal, Storage } from '../storage/storage.ts'
import { isAboutKey } from './key-hints.ts'
import type { FlowRecords } from './steps.ts'
import { type KnownClient, type Story, storyOf } from './story.ts'

export interface Around {
  readonly storage: Pick<Storage, 'accounts' | 'interactions' | 'grants' | 'refusals' | 'sessions' | 'signingKeys'>
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
    session: found?.session,
    sessionIdle,
  })
}

const NO_FLOW: FlowRecords = { interaction: undefined, grant: undefined, refusals: [] }

export async function flowOf(
  { interactions, grants, refusals }: Pick<Storage, 'interactions' | 'grants' | 'refusals'>,
  id: string,
): Promise<FlowRecords> {
  const [interaction, grant, refused] = await Promise.all([interactions.find(id), grants.find(id), refusals.ofFlow(id)])
  return { interaction, grant, refusals: refused }
}

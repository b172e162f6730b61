/** Which apps have access to an account, and what each may do: remembered consents, and what is granted just now. */
import type { Deps } from '../../deps.ts'
import type { ClaimName } from '../../protocol/claims.ts'
import type { Client } from '../../protocol/client.ts'
import type { Account, AppGrants, Consent } from '../../storage/storage.ts'
import { apiWording, claimWording, scopeWording, type Wording } from '../interaction/consent-words.ts'

/** More than anybody has; what is beyond is reached once some of these are gone. */
const MOST = 500

export interface Access {
  readonly clientId: string
  /** Undefined: it is not there any more. */
  readonly client: Client | undefined
  readonly since: number
  /** Undefined: not lately. */
  readonly lastAt: number | undefined
  readonly scopes: readonly string[]
  readonly claims: readonly ClaimName[]
  readonly resources: readonly string[]
  /** Also when they are signed out (offline_access). */
  readonly staysConnected: boolean
}

type AccessDeps = Pick<Deps, 'storage' | 'clients' | 'clock'>

type Found = Omit<Access, 'client'>

/** Those used last come first. */
export async function accessOf({ storage, clock }: AccessDeps, accountId: string): Promise<readonly Found[]> {
  const [grants, consents] = await Promise.all([
    storage.grants.appsOf(accountId, { now: clock.now(), limit: MOST }),
    storage.consents.ofAccount(accountId, { limit: MOST }),
  ])
  const consentOf = new Map(consents.map((consent) => [consent.clientId, consent]))
  const used = grants.map((granted) => found(granted, consentOf.get(granted.clientId)))
  const ids = new Set(grants.map(({ clientId }) => clientId))
  const unused = consents
    .filter(({ clientId }) => !ids.has(clientId))
    .toSorted((one, other) => other.consentedAt - one.consentedAt)
  return [...used, ...unused.map((consent) => found(undefined, consent))]
}

/** Undefined: it has none. */
export async function accessOfClient(
  deps: AccessDeps,
  accountId: string,
  clientId: string,
): Promise<Access | undefined> {
  const access = (await accessOf(deps, accountId)).find((one) => one.clientId === clientId)
  return access && (await withClient(deps, access))
}

export const withClient = async ({ clients }: AccessDeps, access: Found): Promise<Access> => ({
  ...access,
  client: await clients.find(access.clientId),
})

function found(granted: AppGrants | undefined, consent: Consent | undefined): Found {
  return {
    clientId: granted?.clientId ?? consent?.clientId ?? '',
    since: Math.min(granted?.firstAt ?? Number.POSITIVE_INFINITY, consent?.consentedAt ?? Number.POSITIVE_INFINITY),
    lastAt: granted?.lastAt,
    scopes: [...new Set([...(consent?.scopes ?? []), ...(granted?.scopes ?? [])])],
    claims: (consent?.claims ?? []) as readonly ClaimName[],
    resources: consent?.resources ?? [],
    staysConnected: granted?.scopes.includes('offline_access') ?? false,
  }
}

/** As the page that asked said it. */
export function wordingsOf({ apis }: Pick<Deps, 'apis'>, access: Access, account: Account): readonly Wording[] {
  const { scopes, claims, resources } = access
  const nameOf = (resource: string): string => apis.get(resource)?.name ?? resource
  const apisOf = (scope: string) => resources.filter((resource) => apis.get(resource)?.scopes.includes(scope))
  const silent = resources.filter((resource) => !scopes.some((scope) => apisOf(scope).includes(resource)))
  return [
    ...scopes.map((scope) => scopeWording(scope, account, apisOf(scope).map(nameOf))),
    ...silent.map((resource) => apiWording(nameOf(resource))),
    ...claims.map((claim) => claimWording(claim, account)),
  ]
}

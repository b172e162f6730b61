/** What the consent page says of scopes and claims. Each completes "Wiki will be able to …". */
import type { ClaimName } from '../../protocol/claims.ts'
import type { Account } from '../../storage/storage.ts'
import { type Message, message } from '../../words/message.ts'

export interface Wording {
  readonly title: Message
  readonly detail: Message | undefined
  /** Shown instead of the detail: what the client will see. */
  readonly value: string | undefined
}

const KNOWN_SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'groups', 'offline_access'] as const

/** @param apis the names of those that understand the scope, as far as the configuration says */
export function scopeWording(scope: string, { claims }: Account, apis: readonly string[] = []): Wording {
  const value = scope === 'email' ? claims.email : scope === 'phone' ? claims.phone_number : undefined
  const known = KNOWN_SCOPES.find((one) => one === scope)
  if (known === undefined) return wordingOfApis(scope, apis)
  return { title: message(`scope.${known}`), detail: message(`scope.${known}_detail`), value }
}

const wordingOfApis = (scope: string, apis: readonly string[]): Wording =>
  apis.length === 0
    ? { title: message('scope.other', { scope }), detail: message('scope.other_detail'), value: undefined }
    : { title: message('scope.api', { apis }), detail: message('scope.api_detail', { scope }), value: undefined }

/** Of an API that no scope of the request speaks of. */
export const apiWording = (name: string): Wording => ({
  title: message('scope.api', { apis: [name] }),
  detail: undefined,
  value: undefined,
})

export function claimWording(name: ClaimName, { claims }: Account): Wording {
  const value = claims[name]
  return { title: message(`claim.${name}`), detail: undefined, value: typeof value === 'string' ? value : undefined }
}

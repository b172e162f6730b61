/**
 * What happens to the safety of an account is told its owner by mail, in addition to whatever page tells it. Whoever records the
 * event need not think of it: a new kind of event is one line here.
 */
import type { Audit, AuditContext } from '../audit/audit.ts'
import type { AuditEvent, AuditEventOf, AuditKind } from '../audit/event.ts'
import { HOUR } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import type { Deps } from '../deps.ts'
import { deviceMessage } from '../http/device.ts'
import type { Account } from '../storage/storage.ts'
import { type Message, message } from '../words/message.ts'
import { type MailNotice, mailNotice, type NoticeName } from './mailed-notice.ts'

type Notice = {
  readonly [Name in NoticeName]: Pick<MailNotice<Name>, 'mail' | 'values'>
}[NoticeName]

/** Undefined: this one is no news. */
type Telling<Kind extends AuditKind> = (event: AuditEventOf<Kind>, device: Message) => Notice | undefined

const changed = (what: Message, device: Message): Notice => ({ mail: 'factor_changed', values: { what, device } })

const TOLD: { readonly [Kind in AuditKind]?: Telling<Kind> } = {
  signed_in: ({ isNewDevice }, device) => (isNewDevice ? { mail: 'new_device', values: { device } } : undefined),
  second_factor_added: (_event, device) => changed(message('notice.totp_added'), device),
  second_factor_removed: (_event, device) => changed(message('notice.totp_removed'), device),
  passkey_added: (_event, device) => changed(message('notice.passkey_added'), device),
  passkey_removed: (_event, device) => changed(message('notice.passkey_removed'), device),
  recovery_codes_made: (_event, device) => changed(message('notice.codes_made'), device),
  recovery_code_used: ({ left }, device) =>
    changed(left === 0 ? message('notice.codes_used_up') : message('notice.code_used', { count: left }), device),
  upstream_linked: ({ provider, madeAccount }, device) =>
    madeAccount ? undefined : changed(message('notice.upstream_linked', { provider }), device),
  upstream_unlinked: ({ provider }, device) => changed(message('notice.upstream_unlinked', { provider }), device),
  password_changed: (_event, device) => ({ mail: 'password_changed', values: { device } }),
  password_reset: (_event, device) => ({ mail: 'password_changed', values: { device } }),
  // To the one that it had.
  email_changed: (_event, device) => ({ mail: 'email_changed', values: { device } }),
  account_removed: () => ({ mail: 'account_removed', values: {} }),
}

/** Codes that come with the app are told with it. */
const COMES_WITH: { readonly [Kind in AuditKind]?: AuditKind } = { recovery_codes_made: 'second_factor_added' }

/** Whoever made an account knows of its first sign-ins. */
const NEW_FOR = HOUR

type NoticeDeps = Pick<Deps, 'mailer' | 'config' | 'clock'> & {
  readonly storage: { readonly accounts: Pick<Deps['storage']['accounts'], 'find'> }
}

/** The audit log of one application: what is recorded there is told, too. */
export function tellingOwners(deps: NoticeDeps & Pick<Deps, 'audit'>, log: Log): Audit {
  const { audit } = deps
  if (!deps.mailer.isOn) return audit
  const underWay = new Set<Promise<void>>()
  const lastOf = new WeakMap<AuditContext, AuditKind>()

  function tell(event: AuditEvent, context: AuditContext): Promise<void> {
    if (TOLD[event.kind] === undefined) return Promise.resolve()
    const comesWith = COMES_WITH[event.kind]
    if (comesWith !== undefined && lastOf.get(context) === comesWith) return Promise.resolve()
    lastOf.set(context, event.kind)
    const told = tellOwner(deps, event, { context, log }).finally(() => underWay.delete(told))
    underWay.add(told)
    return told
  }

  const settled = async (): Promise<void> => void (await Promise.all(underWay))
  return {
    ...audit,
    record(event, context) {
      audit.record(event, context)
      void tell(event, context)
    },
    async recordNow(event, context) {
      await Promise.all([audit.recordNow(event, context), tell(event, context)])
    },
    async flush() {
      await Promise.all([settled(), audit.flush()])
    },
    async stop() {
      await settled()
      await audit.stop()
    },
  }
}

/** Never rejects. */
export async function tellOwner(
  deps: NoticeDeps,
  event: AuditEvent,
  { context, log }: { context: AuditContext; log: Log },
): Promise<void> {
  const telling = TOLD[event.kind] as Telling<AuditKind> | undefined
  const notice = telling?.(event as AuditEventOf<AuditKind>, doneWith(deps, event, context))
  if (notice === undefined || !('accountId' in event) || event.accountId === undefined) return
  try {
    const account = context.account ?? (await deps.storage.accounts.find(event.accountId))
    if (account === undefined || isTooNew(event, account, deps.clock.now())) return
    await mailNotice(deps, { ...notice, account, flowId: context.flowId } as MailNotice<NoticeName>, log)
  } catch (error) {
    log.error({ err: error, audit: event.kind, accountId: event.accountId }, 'the owner of an account was not told')
  }
}

const isTooNew = ({ kind }: AuditEvent, account: Account, now: number): boolean =>
  kind === 'signed_in' && now < account.createdAt + NEW_FOR

/** By whom, where it was not the owner: nothing is known of their browser, nor is it the owner's business. */
function doneWith({ config }: Pick<Deps, 'config'>, event: AuditEvent, { actor, headers }: AuditContext): Message {
  const isOwner = actor === undefined || ('accountId' in event && actor === `account:${event.accountId}`)
  return isOwner ? deviceMessage(headers?.['user-agent']) : message('notice.by_operator', { installation: config.name })
}

/** Puts mails into the outbox: whoever causes one never waits for a mail server, and what was promised is sent after a crash, too. */
import type { Clock, Timestamp } from '../base/clock.ts'
import { DAY, type Duration } from '../base/duration.ts'
import { newIdentifier } from '../base/identifier.ts'
import { mailAddress } from '../base/mail-address.ts'
import type { Random } from '../base/random.ts'
import type { MailConfig } from '../config/config.ts'
import type { DeliveryStore } from '../storage/storage.ts'
import { type MailLimitDeps, mailLimits } from './limits.ts'
import type { MailName, MailValues } from './mails.ts'
import { type MailSeals, sealMail } from './sealed.ts'

type SecretValue = 'code' | 'link'

export type MailOrder = { readonly [Name in MailName]: OrderOf<Name> }[MailName]

interface OrderOf<Name extends MailName> {
  readonly mail: Name
  readonly to: string
  /** BCP 47; where it is not offered, the default is spoken. */
  readonly language: string
  readonly values: Omit<MailValues<Name>, SecretValue>
  /** Made once it is sure that the mail goes out; what is in it is good for nothing after `lasts`, nor is the mail then. */
  readonly secrets?: () => Promise<Pick<MailValues<Name>, SecretValue & keyof MailValues<Name>>>
  readonly lasts?: Duration
  readonly accountId?: string | undefined
  readonly flowId?: string | undefined
  /** Of whoever asks. */
  readonly ip?: string | undefined
  /** What they typed, where they may not know which address that stands for (limits.ts). */
  readonly typed?: string | undefined
  /** All is done but the last step: for an address that nobody has. */
  readonly isDecoy?: boolean
}

export type MailSent =
  | { readonly kind: 'queued'; readonly deliveryId: string }
  | { readonly kind: 'throttled'; readonly retryAt: Timestamp }
  /** No mail can be sent to what was given as the address. */
  | { readonly kind: 'no_address' }
  /** The configuration has no `mail`. */
  | { readonly kind: 'off' }

export interface Mailer {
  readonly isOn: boolean
  send(order: MailOrder): Promise<MailSent>
}

export interface MailerDeps extends MailLimitDeps {
  readonly config: MailLimitDeps['config'] & { readonly mail: MailConfig | undefined }
  readonly storage: MailLimitDeps['storage'] & { readonly deliveries: Pick<DeliveryStore, 'insert'> }
  readonly mailSeals: MailSeals
  /** Told when there is something to send. */
  readonly deliveries: () => { kick(): void }
  readonly clock: Clock
  readonly random: Random
}

export function mailer(deps: MailerDeps): Mailer {
  const { config, storage, mailSeals, deliveries, clock, random } = deps
  const admit = mailLimits(deps)
  return {
    isOn: config.mail !== undefined,
    async send({ mail, to, language, values, secrets, lasts = DAY, accountId, flowId, ip, typed, isDecoy = false }) {
      if (config.mail === undefined) return { kind: 'off' }
      const address = mailAddress(to)
      if (address === undefined) return { kind: 'no_address' }
      const admission = await admit({ name: mail, addressKey: address.key, accountId, ip, typed })
      if (admission.kind === 'throttled') return admission
      const all = { ...values, ...(await secrets?.()) }
      const now = clock.now()
      const id = `mail/${newIdentifier(now, random)}`
      const kept = { to: address.address, values: all, isDecoy: isDecoy || admission.kind === 'silenced' }
      await storage.deliveries.insert({
        ...{ id, kind: 'mail', clientId: undefined, accountId },
        payload: {
          mail,
          language,
          // Which domains are slow is worth knowing; who gets mails is nobody's business.
          domain: address.domain,
          expires_at: now + lasts,
          ...(flowId !== undefined && { flow: flowId }),
          sealed: sealMail(mailSeals, id, kept),
        },
        ...{ createdAt: now, nextAttemptAt: now, attempts: 0 },
        ...{ deliveredAt: undefined, givenUpAt: undefined, lastFailure: undefined },
      })
      deliveries().kick()
      return { kind: 'queued', deliveryId: id }
    },
  }
}

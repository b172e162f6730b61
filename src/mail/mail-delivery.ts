/** Sends the mails of the outbox: a mail is made of its words and the server of the moment, for each attempt anew. */
import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import type { Kind, Outcome, Send } from '../deliveries/deliverer.ts'
import type { Words } from '../words/words.ts'
import { compose } from './compose.ts'
import { isMailName } from './mails.ts'
import { messageOf } from './message.ts'
import { type MailSeals, openMail } from './sealed.ts'
import { sendMail } from './transport.ts'

export interface MailDeliveryDeps {
  readonly config: Pick<Config, 'mail' | 'name' | 'brand' | 'issuer'>
  readonly mailSeals: MailSeals
  readonly words: Words
  readonly clock: Clock
}

export const mailDelivery = (deps: MailDeliveryDeps): Kind => ({
  send: sendDelivery(deps),
  // One server takes them all.
  hostOf: async () => 'mail',
})

const refused = (reason: string): Outcome => ({ kind: 'refused', reason })

function sendDelivery({ config, mailSeals, words, clock }: MailDeliveryDeps): Send {
  return async ({ id, payload }) => {
    const { mail: settings, name: installation, brand } = config
    if (settings === undefined) return refused('mails are switched off')
    const { mail, language, expires_at: expiresAt, sealed } = payload
    if (!isMailName(mail)) return { kind: 'failed', reason: 'only a newer version knows this mail' }
    if (clock.now() >= Number(expiresAt)) return refused('what it tells is over')
    const inside = openMail(mailSeals, id, sealed)
    if (inside === undefined) return refused('it was sealed with another sealing key')
    const { to, values, isDecoy } = inside
    const spoken = words.speak([String(language)])
    const composed = compose(mail, { language: spoken, values, installation, colours: brand.colours })
    const { from, replyTo, transport } = settings
    const date = clock.now()
    const bytes = await messageOf(composed, { from, replyTo, to, id, date })
    if (isDecoy) return { kind: 'delivered' }
    const helo = new URL(config.issuer).hostname
    const outgoing = { id, name: mail, date, from: from.address, to, bytes, readable: composed }
    const sent = await sendMail(transport, outgoing, helo)
    return sent.kind === 'accepted' ? { kind: 'delivered' } : { kind: sent.kind, reason: sent.reason }
  }
}

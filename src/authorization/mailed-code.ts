/** Sends a code and a link by mail. For an address that no account has the same is done, the same is answered, and it takes as long. */
import { type Place, PURPOSES, type Purpose, shownCode } from '../accounts/one-time-code.ts'
import type { Timestamp } from '../base/clock.ts'
import { deviceOf } from '../base/user-agent.ts'
import type { Deps } from '../deps.ts'
import { deviceMessage } from '../http/device.ts'
import { PAGES } from '../http/paths.ts'
import type { MailOrder, MailSent } from '../mail/mailer.ts'
import { urlOf } from '../protocol/discovery.ts'

export interface CodeMail {
  readonly purpose: Purpose
  readonly to: string
  /** For a reset, undefined is: no account has the address. */
  readonly account: { readonly id: string; readonly username: string } | undefined
  readonly language: string
  /** Where the code is to be typed. */
  readonly place: Place
  /** Of whoever asks. */
  readonly userAgent: string | undefined
  /** What its purpose needs to know later; no secrets. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly ip: string | undefined
  readonly flowId?: string | undefined
}

export type CodeMailed =
  /** `id` goes into the form that the code is typed in. */
  { readonly kind: 'sent'; readonly id: string } | Exclude<MailSent, { kind: 'queued' }>

type MailedCodeDeps = Pick<Deps, 'mailer' | 'codes' | 'config' | 'clock'>

export async function mailCode({ mailer, codes, config, clock }: MailedCodeDeps, asked: CodeMail): Promise<CodeMailed> {
  const { purpose, to, account, language, place, details, ip, flowId } = asked
  const isUnknown = purpose === 'reset_password' && account === undefined
  let id = ''
  // Called once the mail is sure to go out: how many codes there are is bounded with the mails.
  const secrets = async (): Promise<{ code: string; link: string }> => {
    const made = await codes.make({
      ...{ purpose, accountId: account?.id, address: to, ...place, isDecoy: isUnknown },
      details: { ...details, device: deviceOf(asked.userAgent) },
    })
    id = made.record.id
    return { code: shownCode(made.code), link: urlOf(config.issuer, `${PAGES.code}/${made.handle}`) }
  }
  const common: Common = {
    to,
    language,
    accountId: account?.id,
    ip,
    flowId,
    lasts: PURPOSES[purpose].linkLasts,
    secrets,
  }
  const sent = await mailer.send(orderOf(asked, { common, at: clock.now(), tellsUnknown: config.mail?.tellsUnknown }))
  return sent.kind === 'queued' ? { kind: 'sent', id } : sent
}

type Common = Pick<MailOrder, 'to' | 'language' | 'accountId' | 'ip' | 'flowId' | 'lasts'> & {
  readonly secrets: () => Promise<{ code: string; link: string }>
}

interface Ordering {
  readonly common: Common
  readonly at: Timestamp
  readonly tellsUnknown: boolean | undefined
}

function orderOf({ purpose, account, userAgent }: CodeMail, { common, at, tellsUnknown }: Ordering): MailOrder {
  const device = deviceMessage(userAgent)
  switch (purpose) {
    case 'verify_email':
      return { ...common, mail: 'verify_email', values: { device, at } }
    case 'invitation':
      return { ...common, mail: 'invitation', values: {} }
    case 'reset_password':
      return account === undefined
        ? { ...common, mail: 'reset_unknown', values: { device, at }, isDecoy: tellsUnknown !== true }
        : { ...common, mail: 'reset_password', values: { username: account.username, device, at } }
  }
}

/** Sends a code and a link by mail. For an address that no account has the same is done, the same is answered, and it takes as long. */
import { type Place, PURPOSES, type Purpose, shownCode } from '../accounts/one-time-code.ts'
import type { Timestamp } from '../base/clock.ts'
import { randomSecret } from '../base/random.ts'
import { deviceOf } from '../base/user-agent.ts'
import type { Deps } from '../deps.ts'
import { deviceMessage } from '../http/device.ts'
import { PAGES } from '../http/paths.ts'
import type { MailOrder, MailSent } from '../mail/mailer.ts'
import { urlOf } from '../protocol/discovery.ts'

export interface CodeMail {
  /** Invitations are mailed by invitation.ts. */
  readonly purpose: Exclude<Purpose, 'invitation'>
  /** For a reset, undefined is: no account is known by what was typed, and it is no address either. */
  readonly to: string | undefined
  /** What was typed, where it may be another thing than the address (limits.ts). */
  readonly typed?: string | undefined
  /** Who has the address; undefined: no account. A reset is then a decoy, and a new account when there is one. */
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

type MailedCodeDeps = Pick<Deps, 'mailer' | 'codes' | 'config' | 'clock' | 'random'>

export async function mailCode(
  { mailer, codes, config, clock, random }: MailedCodeDeps,
  asked: CodeMail,
): Promise<CodeMailed> {
  const {
    purpose,
    to = `${randomSecret(random)}${NOBODYS}`,
    account,
    language,
    place,
    details,
    ip,
    typed,
    flowId,
  } = asked
  const isDecoy = purpose === 'sign_up' ? account !== undefined : purpose === 'reset_password' && account === undefined
  // Nothing that is counted or kept for an account: whoever asks for a new one must not see that it is there.
  const accountId = purpose === 'sign_up' ? undefined : account?.id
  let id = ''
  // Called once the mail is sure to go out: how many codes there are is bounded with the mails.
  const secrets = async (): Promise<{ code: string; link: string }> => {
    const made = await codes.make({
      ...{ purpose, accountId, address: to, ...place, isDecoy },
      details: { ...details, device: deviceOf(asked.userAgent) },
    })
    id = made.record.id
    return { code: shownCode(made.code), link: urlOf(config.issuer, `${PAGES.code}/${made.handle}`) }
  }
  const common: Common = {
    to,
    language,
    accountId,
    ip,
    typed,
    flowId,
    lasts: PURPOSES[purpose].linkLasts,
    secrets,
    signIn: urlOf(config.issuer, PAGES.signIn),
  }
  const sent = await mailer.send(orderOf(asked, { common, at: clock.now(), tellsUnknown: config.mail?.tellsUnknown }))
  return sent.kind === 'queued' ? { kind: 'sent', id } : sent
}

/** RFC 2606 §2: of no domain, and its mails are dropped when it is their turn. */
const NOBODYS = '@nobody.invalid'
export const isNobodys = (address: string): boolean => address.endsWith(NOBODYS)

type Common = Pick<MailOrder, 'to' | 'language' | 'accountId' | 'ip' | 'typed' | 'flowId' | 'lasts'> & {
  readonly secrets: () => Promise<{ code: string; link: string }>
  /** Where somebody who has an account goes. */
  readonly signIn: string
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
    case 'sign_up': {
      if (account === undefined) return { ...common, mail: 'sign_up', values: { device, at } }
      const { secrets, signIn: link } = common
      // Made all the same: a decoy.
      const known = () => secrets().then(() => ({ link }))
      return {
        ...{ ...common, mail: 'sign_up_known', values: { username: account.username, device, at } },
        secrets: known,
      }
    }
    case 'reset_password':
      return account === undefined
        ? {
            ...common,
            mail: 'reset_unknown',
            values: { device, at },
            isDecoy: tellsUnknown !== true || isNobodys(common.to),
          }
        : { ...common, mail: 'reset_password', values: { username: account.username, device, at } }
  }
}

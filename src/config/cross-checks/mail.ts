/** Rules for `mail`: one way out, a sender, and no password in the open. */
import { X509Certificate } from 'node:crypto'
import { mailbox } from '../../base/mail-address.ts'
import { isThisMachine } from '../../base/network.ts'
import type { Facts } from './facts.ts'

const WAYS = ['smtp', 'folder', 'console'] as const

type Mail = NonNullable<Facts['file']['mail']>
type Way = (typeof WAYS)[number]

const waysOf = (mail: Mail): readonly Way[] =>
  WAYS.filter((way) => (way === 'console' ? mail.console === true : mail[way] !== undefined))

export function reportMailFaults(facts: Facts): void {
  const { file, faults } = facts
  const { mail } = file
  if (mail === undefined) return
  const at = (key: string) => ['mail', key]
  const isBroken = WAYS.some((way) => faults.touches(at(way)))
  const [way, ...others] = waysOf(mail)
  for (const other of others) {
    faults.report(at(other), { message: `contradicts ${way}`, allowed: `one of ${WAYS.join(', ')}` })
  }
  reportSender(facts, mail, { isOn: way !== undefined || isBroken })
  if (way === undefined && !isBroken) return
  const isPublic = file.issuer?.startsWith('https:') ?? false
  if (mail.console === true && isPublic) {
    const message = 'is for development alone: whoever reads the log could sign in as anybody'
    faults.report(at('console'), { message, allowed: 'smtp, or an issuer that is http on a loopback host' })
  }
  if (mail.folder !== undefined && isPublic) {
    const message = 'nobody gets these mails, and whoever reads the folder can sign in as anybody: is that meant?'
    faults.warn(at('folder'), { message, allowed: 'smtp' })
  }
  if (mail.smtp !== undefined) reportSmtpFaults(facts, mail.smtp)
}

function reportSender({ faults }: Facts, { from, reply_to }: Mail, { isOn }: { isOn: boolean }): void {
  const at = (key: string) => ['mail', key]
  if (from === undefined) {
    if (isOn && !faults.touches(at('from'))) {
      faults.report(at('from'), {
        message: 'is missing: every mail has a sender',
        allowed: 'an address that the server may send for: Example Login <login@example.com>',
      })
    }
  } else if (mailbox(from) === undefined) {
    const allowed = 'an address, or a name and an address: Example Login <login@example.com>'
    faults.report(at('from'), { message: 'is no address that mails can be from', allowed })
  } else if (!isOn) {
    faults.report(at('from'), { message: 'does nothing alone', allowed: `one of ${WAYS.join(', ')} beside it` })
  }
  if (reply_to !== undefined && mailbox(reply_to) === undefined) {
    faults.report(at('reply_to'), { message: 'is no address', allowed: 'an address such as help@example.com' })
  }
}

function reportSmtpFaults({ faults, texts }: Facts, smtp: NonNullable<Mail['smtp']>): void {
  const at = (key: string) => ['mail', 'smtp', key]
  const passwords = (['password', 'password_file'] as const).filter(
    (key) => smtp[key] !== undefined || faults.touches(at(key)),
  )
  const [first, second] = passwords
  if (second !== undefined) faults.report(at(second), { message: `contradicts ${first}`, allowed: 'one of the two' })
  if (smtp.user !== undefined && first === undefined) {
    faults.report(at('user'), { message: 'has no password', allowed: 'password or password_file beside it' })
  }
  if (first !== undefined && smtp.user === undefined && !faults.touches(at('user'))) {
    faults.report(at(first), { message: 'does nothing without user', allowed: 'user beside it' })
  }
  const authority = texts.get('mail.smtp.ca_file')
  if (authority !== undefined && !isCertificate(authority)) {
    faults.report(at('ca_file'), { message: 'the file holds no certificate', allowed: 'a PEM file of one' })
  }
  if (smtp.tls !== 'none' || smtp.host === undefined || isThisMachine(smtp.host)) return
  if (smtp.user !== undefined) {
    const message = 'would send the password in the open'
    faults.report(at('tls'), { message, allowed: 'starttls or implicit; none only without user, or to this machine' })
  } else {
    faults.warn(at('tls'), {
      message: 'sends codes and links in the open: whoever can listen on the way can sign in with them. Is that meant?',
      allowed: 'starttls or implicit',
    })
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined
  } catch {
    return false
  }
}

/** A composed mail as the bytes that are sent (RFC 5322), by nodemailer, which is loaded with the first one. */
import type { Timestamp } from '../base/clock.ts'
import { sha256 } from '../base/hash.ts'
import type { MailConfig } from '../config/config.ts'
import type { Composed } from './compose.ts'
import { htmlOf } from './html.ts'

export interface Sending {
  readonly from: MailConfig['from']
  readonly replyTo: MailConfig['replyTo']
  /** For machines, from base/mail-address.ts. */
  readonly to: string
  /** The same for each attempt, so that who gets it twice can tell. */
  readonly id: string
  readonly date: Timestamp
}

export async function messageOf(mail: Composed, { from, replyTo, to, id, date }: Sending): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const name = sha256(`mail\0${id}`).slice(0, 32)
  return new MailComposer({
    // As objects, so that nothing in them is taken for a second address.
    from: { name: from.name, address: from.address },
    to: [{ name: '', address: to }],
    ...(replyTo !== undefined && { replyTo: { name: '', address: replyTo } }),
    subject: mail.subject,
    text: mail.text,
    html: await htmlOf(mail),
    date: new Date(date),
    messageId: `<${name}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    // RFC 3834 §5: nobody's holiday notice answers. The second one is for Exchange.
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'Content-Language': mail.language,
    },
    baseBoundary: name,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build()
}

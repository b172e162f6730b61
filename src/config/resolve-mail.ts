/** The section `mail` as the code uses it. */
import { resolve } from 'node:path'
import { parseDuration, SECOND } from '../base/duration.ts'
import { mailbox } from '../base/mail-address.ts'
import type { MailConfig, MailTransportConfig, SmtpConfig } from './config.ts'
import type { ConfigFile } from './schema.ts'

const PORTS = { starttls: 587, implicit: 465, none: 25 } as const

interface Surroundings {
  readonly texts: ReadonlyMap<string, string>
  readonly directory: string
}

export function resolveMail(file: ConfigFile['mail'], surroundings: Surroundings): MailConfig | undefined {
  const transport = resolveTransport(file, surroundings)
  const from = file.from === undefined ? undefined : mailbox(file.from)
  // The cross-checks have seen to a sender wherever there is a transport.
  if (transport === undefined || from === undefined) return undefined
  const replyTo = file.reply_to === undefined ? undefined : mailbox(file.reply_to)?.address.address
  const sender = { name: from.name, address: from.address.address }
  return { from: sender, replyTo, tellsUnknown: file.tell_unknown, transport }
}

/** Whether mails are sent at all. */
export const hasWayOut = (mail: Ways): boolean =>
  mail.smtp !== undefined || mail.folder !== undefined || mail.console === true

interface Ways {
  readonly smtp?: unknown
  readonly folder?: unknown
  readonly console?: boolean | undefined
}

function resolveTransport(
  file: ConfigFile['mail'],
  { texts, directory }: Surroundings,
): MailTransportConfig | undefined {
  if (file.smtp !== undefined) return resolveSmtp(file.smtp, texts)
  if (file.folder !== undefined) return { kind: 'folder', folder: resolve(directory, file.folder) }
  return file.console ? { kind: 'console' } : undefined
}

function resolveSmtp(smtp: NonNullable<ConfigFile['mail']['smtp']>, texts: Surroundings['texts']): SmtpConfig {
  const { host, tls, user, port = PORTS[tls] } = smtp
  const password = smtp.password ?? texts.get('mail.smtp.password_file')
  return {
    ...{ kind: 'smtp', host, port, tls },
    login: user === undefined || password === undefined ? undefined : { user, password },
    authority: texts.get('mail.smtp.ca_file'),
    timeout: parseDuration(smtp.timeout) ?? 20 * SECOND,
  }
}

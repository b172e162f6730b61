/** Whether the mail server takes mails from us: everything but sending one. */
import type { Config, SmtpConfig } from '../../config/config.ts'
import type { Reached } from '../../mail/smtp.ts'
import { adviceOf, reasonOf, type SmtpError } from '../../mail/smtp-errors.ts'
import { type Finding, fine, problem } from './finding.ts'

/** @param reach asks the server; `helo` is the host name that we say is ours */
export async function checkMail(
  { mail, issuer }: Pick<Config, 'mail' | 'issuer'>,
  reach: (smtp: SmtpConfig, helo: string) => Promise<Reached>,
): Promise<readonly Finding[]> {
  if (mail === undefined) return [fine('there is no `mail` in the configuration: nobody gets any')]
  const { transport } = mail
  if (transport.kind === 'folder') return [fine(`mails become files in ${transport.folder}: nobody gets any`)]
  if (transport.kind === 'console') return [fine('mails are printed: nobody gets any')]
  const server = `${transport.host}:${transport.port}`
  try {
    const { protocol, isLoggedIn } = await reach(transport, new URL(issuer).hostname)
    const login = isLoggedIn ? ', and takes the user and the password' : ''
    return [fine(`${server} answers ${protocol === undefined ? 'in the open' : `by ${protocol}`}${login}`)]
  } catch (error) {
    const known = error as SmtpError
    return [problem(reasonOf(known, { config: transport }), adviceOf(known) ?? 'Look at `mail.smtp` (docs/mail.md).')]
  }
}

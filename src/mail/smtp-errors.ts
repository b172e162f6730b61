/** What went wrong with an SMTP server, for the operator; and whether another attempt may do better. Pure. */
import type { SmtpConfig } from '../config/config.ts'

/** As nodemailer makes it. */
export interface SmtpError extends Error {
  /** `EAUTH`, `ETLS`, …; or that of the socket. */
  readonly code?: string | undefined
  /** What was answered, `RCPT TO` … */
  readonly command?: string | undefined
  readonly responseCode?: number | undefined
  readonly response?: string | undefined
}

/**
 * RFC 5321 §4.2.1: 5yz is for good, where it is about this address or this mail. Where it is about us (the greeting, the
 * password, the sender), somebody will mend it, and the mail goes then.
 */
export const isForGood = ({ command, responseCode = 0, code }: SmtpError): boolean =>
  (responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA')) || (code === 'EENVELOPE' && command === 'API')

interface Telling {
  readonly config: SmtpConfig
  /** What the server may repeat and no log is to have. */
  readonly hidden?: readonly string[]
}

const LONGEST = 200

/** `smtp.example.com:587 answered RCPT TO with 550 5.1.1 no such user` */
export function reasonOf(error: SmtpError, { config, hidden = [] }: Telling): string {
  const server = `${config.host}:${config.port}`
  const answer = error.response === undefined ? undefined : clean(error.response, hidden)
  if (answer) return `${server} answered ${error.command ?? 'us'} with ${answer}`
  return `${server}: ${clean(explained(error), hidden)}`
}

const isOfCertificate = (message: string): boolean => /certificate|altname|self.signed|issuer/i.test(message)

/** What the operator can do; undefined: nothing that we know of. */
export function adviceOf({ message, code, command = '', responseCode = 0 }: SmtpError): string | undefined {
  if (isOfCertificate(message)) {
    return 'mail.smtp.host must be a name of its certificate; when an authority of your own signed it, name that in mail.smtp.ca_file.'
  }
  if (code === 'EAUTH' || command.startsWith('AUTH')) {
    return 'Look at mail.smtp.user and password. Some providers want a password made for programs, or that SMTP is switched on.'
  }
  if (/STARTTLS|SSL routines/.test(message) || command === 'STARTTLS') {
    return 'Port 587 is usually for tls: starttls, and 465 for tls: implicit.'
  }
  if (command === 'MAIL FROM') return 'The server must know mail.from as an address that we may send for.'
  if (command === 'RCPT TO') {
    return 'Look at the address. When the server says "relay", it wants to know who we are first: mail.smtp.user.'
  }
  if (responseCode === 0) return 'Look at mail.smtp.host and port, and whether a firewall lets this machine reach them.'
  return undefined
}

const isOfAnotherPort = (message: string): boolean => /wrong version number|packet length/i.test(message)

/** Where Node's own words need some more. */
function explained({ message, code, command }: SmtpError): string {
  if (code === 'ETIMEDOUT') return `no answer in time (${message})`
  if (isOfCertificate(message)) return `its certificate is not believed: ${message}`
  if (/STARTTLS/.test(message) || command === 'STARTTLS') return `the connection could not be encrypted: ${message}`
  if (isOfAnotherPort(message)) return 'it does not speak TLS on this port'
  const [, reason] = /:SSL routines:[^:]*:([^:]+)/.exec(message) ?? []
  return reason === undefined ? message : `the connection could not be encrypted: ${reason}`
}

/** One line, without the addresses: a log that says who gets mails is a list of people. */
function clean(text: string, hidden: readonly string[]): string {
  const without = hidden.reduce((rest, one) => (one === '' ? rest : rest.replaceAll(one, '…')), text)
  return (
    without
      .replace(/[^\s<>@]+@[^\s<>@]+/g, '…')
      // Filters repeat the links that they dislike.
      .replace(/\S*\/code\/\S*/g, '…')
      .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
      .trim()
      .slice(0, LONGEST)
  )
}

/** Giving a mail to an SMTP server (RFC 5321), by nodemailer: one connection each, encrypted as the configuration says, within its time. */
import { setTimeout as delay } from 'node:timers/promises'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { SECOND } from '../base/duration.ts'
import type { SmtpConfig } from '../config/config.ts'
import { adviceOf, isForGood, reasonOf, type SmtpError } from './smtp-errors.ts'
import type { Outgoing, Sent } from './transport.ts'

/** A server that does not say goodbye is not waited for. */
const GOODBYE = SECOND

export async function sendBySmtp(config: SmtpConfig, mail: Outgoing, helo: string): Promise<Sent> {
  try {
    const answer = await withConnection(config, helo, async (connection) => {
      const envelope = { from: mail.from, to: [mail.to], size: mail.bytes.length }
      const info = await asked<{ response: string }>((done) => connection.send(envelope, mail.bytes, done))
      return info.response
    })
    return { kind: 'accepted', answer }
  } catch (error) {
    const known = error as SmtpError
    const reason = reasonOf(known, { config, hidden: [mail.to, mail.from] })
    return { kind: isForGood(known) ? 'refused' : 'failed', reason, advice: adviceOf(known) }
  }
}

export interface Reached {
  /** `TLSv1.3`; undefined: in the open. */
  readonly protocol: string | undefined
  readonly isLoggedIn: boolean
}

/** Everything but a mail: for `countersign doctor`. Rejects with what `reasonOf` explains. */
export const reachSmtp = (config: SmtpConfig, helo: string): Promise<Reached> =>
  withConnection(config, helo, async (connection) => {
    const socket = connection._socket
    const protocol = socket && 'getProtocol' in socket ? (socket.getProtocol as () => string | null)() : null
    return { protocol: protocol ?? undefined, isLoggedIn: connection.authenticated }
  })

/** Connected, encrypted and logged in; whatever happens, nothing is left open. */
async function withConnection<T>(
  config: SmtpConfig,
  helo: string,
  use: (connection: SMTPConnection) => Promise<T>,
): Promise<T> {
  const connection = await open(config, helo)
  let timer: NodeJS.Timeout | undefined
  const broken = new Promise<never>((_, reject) => {
    connection.on('error', reject)
    // Inactivity is not enough to go by: a server that says a byte now and then would keep us for ever.
    timer = setTimeout(() => reject(lateError(config)), config.timeout)
  })
  broken.catch(() => undefined)
  try {
    const work = async (): Promise<T> => {
      await asked<void>((done) => connection.connect(done))
      const { login } = config
      if (login !== undefined) {
        const credentials = { user: login.user, pass: login.password }
        await asked<boolean | undefined>((done) => connection.login({ credentials }, done))
      }
      return use(connection)
    }
    const result = await Promise.race([work(), broken])
    await sayGoodbye(connection)
    return result
  } finally {
    clearTimeout(timer)
    connection.close()
  }
}

async function open({ host, port, tls, authority, timeout }: SmtpConfig, helo: string): Promise<SMTPConnection> {
  const { default: Connection } = await import('nodemailer/lib/smtp-connection')
  return new Connection({
    ...{ host, port, name: helo },
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { minVersion: 'TLSv1.2', ...(authority !== undefined && { ca: [authority] }) },
    ...{ connectionTimeout: timeout, greetingTimeout: timeout, socketTimeout: timeout, dnsTimeout: timeout },
    socketCloseTimeout: 0,
    maxResponseSize: 64 * 1024,
  })
}

/** RFC 5321 §4.1.1.10: QUIT, and its answer is waited for. */
async function sayGoodbye(connection: SMTPConnection): Promise<void> {
  const patience = new AbortController()
  const ended = new Promise<void>((resolve) => connection.once('end', () => resolve()))
  connection.quit()
  const late = delay(GOODBYE, undefined, { signal: patience.signal }).catch(() => undefined)
  await Promise.race([ended, late])
  patience.abort()
}

const asked = <T>(ask: (done: (error?: Error | null, result?: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => ask((error, result) => (error ? reject(error) : resolve(result as T))))

const lateError = ({ timeout }: SmtpConfig): SmtpError =>
  Object.assign(new Error(`it took longer than ${timeout / SECOND} s`), { code: 'ETIMEDOUT', command: 'CONN' })

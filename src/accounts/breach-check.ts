/**
 * Whether a password is in a known breach, asked by k-anonymity: the first five hex digits of its SHA-1 go out, some hundred
 * endings come back, and the comparison is done here (SP 800-63B-4 §3.1.1.2, OWASP ASVS 5.0 6.2.12).
 */
import { hash } from 'node:crypto'
import type { Log } from '../base/log.ts'
import { ANY_TYPE, type Egress } from '../egress/egress.ts'
import { normalizedPassword } from './normalized-password.ts'

/** Larger than any answer: a thousand lines of forty bytes, padding included. */
const MAX_BYTES = 256 * 1024

export interface BreachDeps {
  readonly egress: Pick<Egress, 'get'>
  readonly log: Pick<Log, 'warn'>
}

/**
 * False also when there is no answer: nobody is kept from a password because somebody else's server is away; the log says so.
 * @param url the beginning of the address; five hex digits are put at its end
 */
export async function isBreached({ egress, log }: BreachDeps, url: string, password: string): Promise<boolean> {
  const digest = hash('sha1', normalizedPassword(password) ?? password, 'hex').toUpperCase()
  try {
    const address = `${url}${digest.slice(0, 5)}`
    // The length of the answer must not tell which digits were asked for.
    const headers = { 'add-padding': 'true' }
    // Mirrors are often plain files, whose type nobody sets; whether it is an answer, its lines tell.
    const { body } = await egress.get(address, { accept: [ANY_TYPE], maxBytes: MAX_BYTES, headers })
    return isListed(readRange(body), digest.slice(5))
  } catch (error) {
    // Not the address: it holds a part of the digest.
    log.warn({ reason: error instanceof Error ? error.name : typeof error }, NOT_CHECKED)
    return false
  }
}

const NOT_CHECKED =
  'the password was not looked up among breached ones: there was no answer, or none in the format of ranges'

/** The lines of `SUFFIX:COUNT`; throws SyntaxError when another one is among them: a page of somebody's, say. */
function readRange(body: string): readonly string[] {
  const lines = body.split('\n').map((line) => line.trim())
  const told = lines.filter((line) => line !== '')
  if (!told.every((line) => /^[0-9A-F]{35}:\d+$/i.test(line))) throw new SyntaxError('not a range of digests')
  return told
}

/** Padding has a count of 0. */
const isListed = (lines: readonly string[], suffix: string): boolean =>
  lines.some((line) => {
    const [found, count] = line.split(':')
    return found?.toUpperCase() === suffix && Number(count) > 0
  })

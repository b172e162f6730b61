/** Whether this machine, what answers at the public URL and the database server agree on the time. Nobody else is asked. */
import { CLOCK_SKEW, type Timestamp } from '../../base/clock.ts'
import { SECOND } from '../../base/duration.ts'
import { type Finding, fine, problem, unknown, warning } from './finding.ts'

/** A Date header has whole seconds and was written before it arrived. */
const NOTICEABLE = 5 * SECOND

export interface Moment {
  /** By the other clock. */
  readonly there: Timestamp
  /** By ours, when that was read. */
  readonly here: Timestamp
}

/** @param clocks by whose they are, `the public URL`; undefined: it could not be asked */
export function checkClock(clocks: Readonly<Record<string, Moment | undefined>>): readonly Finding[] {
  const read = Object.entries(clocks).flatMap(([whose, moment]) => (moment ? [{ whose, ...moment }] : []))
  if (read.length === 0) return [unknown('the time: there is no other clock to hold it against')]
  return read.map(({ whose, there, here }) => {
    const apart = there - here
    if (Math.abs(apart) <= NOTICEABLE)
      return fine(`it agrees with that of ${whose} within ${NOTICEABLE / SECOND} seconds`)
    const seconds = Math.round(Math.abs(apart) / SECOND)
    const found = `that of ${whose} is ${seconds} s ${apart > 0 ? 'ahead of' : 'behind'} this machine’s`
    const todo =
      'Tokens are taken for expired, or for not valid yet, and apps refuse them. Let both follow a time server (timedatectl, chrony).'
    return Math.abs(apart) > CLOCK_SKEW ? problem(found, todo) : warning(found, todo)
  })
}

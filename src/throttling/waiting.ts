/** How long to wait. */
import type { Timestamp } from '../base/clock.ts'
import { SECOND } from '../base/duration.ts'

/** RFC 9110 §10.2.3: whole seconds, and never a try too early. */
export const secondsUntil = (at: Timestamp, now: Timestamp): number => Math.max(1, Math.ceil((at - now) / SECOND))

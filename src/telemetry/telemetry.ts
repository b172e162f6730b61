/** The places where somebody may look on. Off, each gives back what it got, so that nothing is in the way. */
import type { FastifyInstance } from 'fastify'
import type { PasswordHasher } from '../accounts/authenticators/password.ts'
import type { HashingQueue } from '../accounts/hashing-queue.ts'
import type { Egress } from '../egress/egress.ts'
import type { Refusals } from '../refusals/recorder.ts'
import type { Storage } from '../storage/storage.ts'

export interface Telemetry {
  /** Hangs its hooks on an application, before that has any route. */
  watch(app: FastifyInstance): void
  storage(storage: Storage): Storage
  egress(egress: Egress): Egress
  passwords(hasher: PasswordHasher): PasswordHasher
  hashing(queue: HashingQueue): HashingQueue
  refusals(refusals: Refusals): Refusals
  /** The database went away. */
  outage(): void
}

const same = <T>(one: T): T => one

export const NO_TELEMETRY: Telemetry = {
  watch: () => {},
  storage: same,
  egress: same,
  passwords: same,
  hashing: same,
  refusals: same,
  outage: () => {},
}

/** `outer` sees what `inner` does, too. */
export const both = (inner: Telemetry, outer: Telemetry): Telemetry => ({
  watch(app) {
    inner.watch(app)
    outer.watch(app)
  },
  storage: (storage) => outer.storage(inner.storage(storage)),
  egress: (egress) => outer.egress(inner.egress(egress)),
  passwords: (hasher) => outer.passwords(inner.passwords(hasher)),
  hashing: (queue) => outer.hashing(inner.hashing(queue)),
  refusals: (refusals) => outer.refusals(inner.refusals(refusals)),
  outage() {
    inner.outage()
    outer.outage()
  },
})

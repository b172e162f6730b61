/** An independent client: its entry in Countersign's file, and how a person's visit to it goes. */
import type { Claims, Registration, RelyingParty } from './relying-party.ts'
import { type Sights, visit } from './visit.ts'
import type { World } from './world.ts'

export interface InteropClient {
  readonly name: string
  /** Keys of its entry, beside those that all have. */
  readonly entry: Claims
  /** Of its origin; otherwise 127.0.0.1. */
  readonly host?: string
  /** Why it cannot run on this machine, after installing what may be installed. */
  unavailable?(): string | undefined
  visit(world: World): Promise<Sights>
}

interface Described extends Omit<InteropClient, 'visit'> {
  start(registration: Registration): Promise<RelyingParty>
}

/** A client with a server side: the person's browser needs no screen. */
export const onServer = ({ start, ...described }: Described): InteropClient => ({
  ...described,
  async visit(world) {
    const registration = world.registration(described.name)
    const app = await start(registration)
    try {
      const sights = await visit(world, registration, app)
      const log = app.log?.() ?? ''
      return sights.failure ? { ...sights, failure: { ...sights.failure, log } } : sights
    } finally {
      await app.close?.()
    }
  },
})

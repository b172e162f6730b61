/** Whether all processes that live run the same configuration. */
import type { Clock } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import type { InstanceStore } from '../storage/storage.ts'

/** A process reports each second; one whose turn stands still for so long is gone. By this process's steady clock alone. */
const GONE_AFTER: Duration = 30 * SECOND

interface AgreementDeps {
  readonly instances: Pick<InstanceStore, 'list'>
  readonly steady: Clock
}

/** `agree` learns from each question who lives: one that nobody has seen standing still yet is taken to. */
export function instanceAgreement({ instances, steady }: AgreementDeps): { agree(): Promise<boolean> } {
  let seen = new Map<string, { readonly turn: number; readonly since: number }>()
  return {
    async agree() {
      const now = steady.now()
      const all = await instances.list()
      seen = new Map(
        all.map(({ id, turn }) => {
          const before = seen.get(id)
          return [id, before?.turn === turn ? before : { turn, since: now }]
        }),
      )
      const living = all.filter(({ id }) => now - (seen.get(id)?.since ?? now) < GONE_AFTER)
      return new Set(living.map(({ revision }) => revision)).size <= 1
    },
  }
}

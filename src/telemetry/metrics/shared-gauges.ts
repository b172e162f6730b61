/** What is the same for all processes, because the database says it: one of them is asked. */
import { Gauge, type Registry } from 'prom-client'
import type { Clocks, Timestamp } from '../../base/clock.ts'
import { MINUTE, SECOND } from '../../base/duration.ts'
import type { Config } from '../../config/config.ts'
import { type Outlook, rotationOutlook } from '../../keys/key-users.ts'
import { rotationPolicy } from '../../keys/rotation-policy.ts'
import type { Storage, StoredSigningKey } from '../../storage/storage.ts'
import { asked } from './asked.ts'

export interface SharedDeps extends Clocks {
  readonly storage: Storage
  config(): Config
}

export function sharedGauges(registry: Registry, deps: SharedDeps): void {
  databaseGauges(registry, deps)
  outboxGauges(registry, deps)
  keyGauges(registry, deps)
}

const gauge = <Label extends string>(
  registry: Registry,
  [name, help, ...labelNames]: readonly [string, string, ...Label[]],
  collect?: (gauge: Gauge<Label>) => Promise<void>,
): Gauge<Label> =>
  new Gauge<Label>({
    ...{ name: `countersign_${name}`, help, labelNames, registers: [registry], aggregator: 'max' },
    ...(collect && {
      async collect() {
        // What could not be asked is not there, instead of being old.
        clear(this, labelNames)
        await collect(this)
      },
    }),
  })

/** A gauge without labels is 0 unless it is taken away. */
function clear(gauge: Pick<Gauge, 'reset' | 'remove'>, labelNames: readonly string[] = []): void {
  gauge.reset()
  if (labelNames.length === 0) gauge.remove()
}

function databaseGauges(registry: Registry, { storage, steady }: SharedDeps): void {
  const ping = asked(
    async () => {
      const began = steady.now()
      await storage.ping()
      return (steady.now() - began) / SECOND
    },
    { keepFor: 2 * SECOND, steady },
  )
  gauge(registry, ['database_up', '1 when the database answered within a second'], async (up) =>
    up.set((await ping.get()) === undefined ? 0 : 1),
  )
  gauge(registry, ['database_ping_seconds', 'How long it took to answer'], async (took) =>
    setIfKnown(took, await ping.get()),
  )
}

function outboxGauges(registry: Registry, { storage, clock, steady }: SharedDeps): void {
  const backlog = asked(() => storage.deliveries.backlog(), { keepFor: 10 * SECOND, steady })
  gauge(registry, ['outbox_pending', 'Messages that have not arrived and are not given up'], async (pending) =>
    setIfKnown(pending, (await backlog.get())?.pending),
  )
  gauge(registry, ['outbox_oldest_seconds', 'Age of the oldest of them; 0 when there is none'], async (oldest) => {
    const known = await backlog.get()
    if (known) oldest.set(known.oldestAt === undefined ? 0 : Math.max(0, clock.now() - known.oldestAt) / SECOND)
  })
}

function keyGauges(registry: Registry, deps: SharedDeps): void {
  const { storage, clock, steady, config } = deps
  const keys = asked(
    async () => {
      const all = await storage.signingKeys.list()
      const policy = rotationPolicy(config())
      const { clients } = config()
      const now = clock.now()
      const coming = await rotationOutlook({ keys: all, policy, store: storage.jwksFetches, clients, now })
      return { current: all.filter(({ state }) => state === 'current'), coming }
    },
    { keepFor: MINUTE, steady },
  )
  const age = ({ activatedAt, publishedAt }: StoredSigningKey): number => clock.now() - (activatedAt ?? publishedAt)
  const until = (at: Timestamp | undefined): number => (at === undefined ? 0 : at - clock.now())
  gauge(registry, ['signing_key_age_seconds', 'Since the current key first signed', 'algorithm'], async (ages) => {
    for (const key of (await keys.get())?.current ?? []) ages.set({ algorithm: key.algorithm }, age(key) / SECOND)
  })
  const coming = (name: string, help: string, value: (outlook: Outlook) => number) =>
    gauge(registry, [name, help, 'algorithm'], async (values) => {
      for (const one of (await keys.get())?.coming ?? []) values.set({ algorithm: one.algorithm }, value(one))
    })
  coming('signing_key_rotates_in_seconds', 'Until the next key takes over', ({ dueAt }) => until(dueAt) / SECOND)
  coming('signing_key_users', 'Apps that fetch the keys and may need this algorithm', ({ users }) => users.length)
  coming(
    'signing_key_unaware_users',
    'Of them, those that have not fetched the next key',
    ({ unaware }) => unaware.length,
  )
}

function setIfKnown(gauge: Gauge<string>, value: number | undefined): void {
  if (value !== undefined) gauge.set(value)
}

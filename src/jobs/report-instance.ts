/** Tells the others which configuration this process runs, and hears whether it is to read it again. */
import type { Clock, Timestamp } from '../base/clock.ts'
import { SECOND } from '../base/duration.ts'
import type { InstanceStore, ReloadAnswer } from '../storage/storage.ts'
import type { EverywhereJob } from './job.ts'

export interface ReportDeps {
  readonly storage: { readonly instances: Pick<InstanceStore, 'report' | 'answer'> }
  readonly clock: Clock
  readonly instance: { readonly id: string; readonly label: string; readonly startedAt: Timestamp }
  readonly reloads: { state(): { readonly revision: string }; reload(): Promise<ReloadAnswer> }
}

export const reportInstance = ({ storage, clock, instance, reloads }: ReportDeps): EverywhereJob => ({
  name: 'report-instance',
  runs: 'everywhere',
  everyMs: SECOND,
  async run() {
    const { revision } = reloads.state()
    const asked = await storage.instances.report({ ...instance, revision, seenAt: clock.now() })
    if (asked !== undefined) await storage.instances.answer(instance.id, asked, await reloads.reload())
  },
})

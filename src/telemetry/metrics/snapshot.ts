/** What a process has measured, as it tells it to its supervisor: plain data. */
export type Snapshot = readonly Measured[]

export interface Measured {
  readonly name: string
  readonly help: string
  readonly type: string
  /** How those of several processes become one. */
  readonly aggregator: string
  readonly values: readonly { readonly value: number; readonly labels: object; readonly metricName?: string }[]
}

/** What a message brought: what is no number was none where it came from (JSON has no NaN). */
export const asTold = (snapshot: Snapshot): Snapshot =>
  snapshot.map((one) => ({ ...one, values: one.values.filter(({ value }) => typeof value === 'number') }))

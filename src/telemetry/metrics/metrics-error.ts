/** Metrics cannot be answered where the configuration says; the message is for the operator. */
export class MetricsError extends Error {
  override readonly name = 'MetricsError'
}

/** The keys of `refusals`. */
import { duration, section } from './kinds.ts'

export const refusals = section('Why requests were refused, for `countersign explain`.', {
  keep: duration('How long a refusal is kept: which check failed, what was asked and from where. Never a secret.', {
    default: '14d',
    least: '1h',
    most: '365d',
    examples: ['30d'],
  }),
})

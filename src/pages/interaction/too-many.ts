/** What is said of too many wrong passwords; the same for names that exist and names that do not. */
import type { ThrottledBy } from '../../throttling/guesses.ts'

export const TOO_MANY = {
  known_device: 'sign_in.throttled_here',
  account: 'sign_in.throttled_account',
  network: 'sign_in.throttled_network',
} as const satisfies Readonly<Record<ThrottledBy, string>>

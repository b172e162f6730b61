/** The keys of `admin`: who may look inside, and what they may do there. */
import { duration, flag, section, text } from './kinds.ts'
import Type from './type.ts'

export const admin = section(
  'A page for those who look after this login, `/admin` below the issuer: clients and their use, sessions, keys, deliveries, and ' +
    'recent refusals with their story. It is there only when `groups` is. docs/admin.md says more.',
  {
    groups: Type.Array(text('The name of a group.', { examples: ['admins'], maxLength: 255 }), {
      description:
        'Accounts with one of these in their `groups` claim may see the page; for everybody else it does not exist.',
      default: [],
      uniqueItems: true,
      examples: [['admins']],
    }),
    max_age: duration('Who signed in longer ago than this signs in again before they see the page.', {
      default: '1h',
      least: '1m',
      most: '24h',
      examples: ['15m'],
    }),
    actions: flag(
      'Whether the page also offers to end a session, to sign an account out everywhere, and to retry a delivery that was given up. Else it only shows.',
      false,
    ),
  },
)

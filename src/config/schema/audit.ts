/** The keys of `audit`. */
import { duration, flag, section } from './kinds.ts'
import Type from './type.ts'

export const AUDIT_ADDRESSES = ['full', 'truncated', 'none'] as const

export const audit = section(
  'What happened, as a chain of events in the database: `countersign audit` (docs/audit.md).',
  {
    keep: duration('How long an event is kept.', { default: '400d', least: '1d', most: '3650d', examples: ['90d'] }),
    tokens: flag(
      'Whether every answer of the token endpoint is kept there, too: by far the most of all events, at about 650 bytes each. ' +
        'Each sign-on to an app is kept without it, and the log has them either way.',
      false,
    ),
    addresses: Type.Enum(AUDIT_ADDRESSES, {
      description:
        'What is kept of the addresses that requests came from, which are personal data: `truncated` keeps the network alone ' +
        '(of IPv4 24 bits, of IPv6 48). The log has them in full.',
      default: 'full',
      examples: ['truncated'],
    }),
  },
)

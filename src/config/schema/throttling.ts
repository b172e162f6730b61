/** The keys of `throttling`: how often strangers may try. */
import { duration, flag, section, text } from './kinds.ts'
import Type from './type.ts'

const tries = (description: string, { attempts, every }: { attempts: number; every: string }) =>
  section(description, {
    attempts: Type.Integer({
      description: 'So many at once.',
      default: attempts,
      minimum: 1,
      maximum: 100_000,
      examples: [attempts],
    }),
    then_every: duration('Then one more each time this has gone by.', {
      default: every,
      least: '10ms',
      most: '1h',
      examples: [every],
    }),
  })

export const throttling = section(
  'How often passwords and client secrets may be guessed, and how fast strangers may fill the database; beyond it people and ' +
    'clients are told when to come back (429). Nobody is ever locked out. docs/throttling.md says how it works.',
  {
    enabled: flag('Whether anything is throttled.', true),
    exempt_networks: Type.Array(text('An address or a range.', { examples: ['10.20.0.0/16'], maxLength: 100 }), {
      description:
        'Addresses and CIDR ranges whose requests are never throttled: monitoring, load tests. Requests from this machine itself ' +
        '(loopback) are not counted as one network in any case.',
      default: [],
      uniqueItems: true,
      examples: [['10.20.0.0/16', '2001:db8::/48']],
    }),
    known_device: tries(
      'Wrong passwords for an account on a device that has signed in to it before; nobody else can use these up.',
      { attempts: 10, every: '1m' },
    ),
    unknown_device: tries(
      'Wrong passwords for an account on devices that it does not know, from one network (IPv4 /24, IPv6 /48).',
      { attempts: 10, every: '2m' },
    ),
    under_attack: section(
      'Takes the place of `unknown_device` for an account while many networks guess at its password.',
      {
        after: Type.Integer({
          description: 'So many wrong passwords on unknown devices, from anywhere, beside one each half hour.',
          default: 50,
          minimum: 1,
          maximum: 100_000,
          examples: [50],
        }),
        attempts: Type.Integer({
          description: 'So many at once, for each network.',
          default: 3,
          minimum: 1,
          maximum: 1000,
          examples: [3],
        }),
        then_every: duration('Then one more each time this has gone by.', {
          default: '15m',
          least: '10ms',
          most: '24h',
          examples: ['15m'],
        }),
      },
    ),
    network: tries(
      'Wrong passwords on unknown devices for whichever accounts, from one address (IPv6: one /64); a /24 (IPv6: a /48) has four ' +
        'times as many.',
      { attempts: 100, every: '20s' },
    ),
    client_secrets: tries(
      'Different wrong secrets for one client from one address, counted by each process for itself.',
      { attempts: 20, every: '10s' },
    ),
    new_sign_ins: tries(
      'Sign-ins that are begun without being signed in, and clients that are registered, from one address (IPv6: one /64; a ' +
        '/48 has four times as many); counted by each process for itself.',
      { attempts: 1000, every: '200ms' },
    ),
    client_requests_per_second: Type.Integer({
      description:
        'Requests of one client to the endpoints that it authenticates at, with ten seconds’ worth at once; counted by each process ' +
        'for itself, and for a client without a secret by each address. 0: no limit.',
      default: 0,
      minimum: 0,
      maximum: 100_000,
      examples: [50],
    }),
  },
)

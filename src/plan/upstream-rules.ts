/** What a change of the entry of an upstream provider means, key by key. */
import { counted } from '../base/counted.ts'
import type { Entry } from '../config/entry-value.ts'
import type { LinkedPeople } from '../storage/in-force.ts'
import type { Facts } from './facts.ts'
import { breaks, harmless, type Meaning } from './plan.ts'
import { type Changed, type Rules, whenOff } from './rule.ts'

const NOBODY = { people: 0, only: 0 }

const linkedAt = ({ inForce }: Facts, issuer: unknown): Omit<LinkedPeople, 'issuer'> =>
  inForce.linked.find((one) => one.issuer === issuer) ?? NOBODY

const signInOtherwise = ({ people, only }: Omit<LinkedPeople, 'issuer'>): readonly string[] => [
  ...(people > 0
    ? [
        `${counted(people, 'account is', 'accounts are')} linked to it; the links stay, and count again if it comes back.`,
      ]
    : []),
  ...(only > 0
    ? [
        `${counted(only, 'of them has', 'of them have')} no other way to sign in: see that they get one first (countersign account set-password).`,
      ]
    : []),
]

/** Nobody can sign in with it any more; sessions go on. */
export function upstreamGoes(entry: Entry, facts: Facts): Meaning {
  const linked = linkedAt(facts, entry['issuer'])
  return linked.people === 0 ? harmless() : breaks('Nobody can sign in with it any more.', ...signInOtherwise(linked))
}

/** Accounts are linked by the issuer and what it calls people. */
const issuer = ({ from, facts }: Changed): Meaning => {
  const linked = linkedAt(facts, from)
  return linked.people === 0
    ? harmless()
    : breaks('It is another provider: who is linked to the old one is nobody at it.', ...signInOtherwise(linked))
}

const clientId = ({ before, facts }: Changed): Meaning =>
  linkedAt(facts, before['issuer']).people === 0
    ? harmless()
    : breaks(
        'Some providers call people otherwise for each client (Microsoft Entra, pairwise subjects): then nobody is known any more who is linked.',
      )

export const UPSTREAM_RULES: Rules = {
  issuer,
  client_id: clientId,
  client_secret: () => breaks('The provider has to know this secret from then on.'),
  token_endpoint_auth_method: () => breaks('The provider has to expect it.'),
  sign_up: ({ to }) => (to === 'nobody' ? breaks('Who is new gets no account here any more.') : harmless()),
  require: () => breaks('Who does not have these claims can’t sign in with it from the next time on.'),
  allowed_groups: ({ come, gone }) =>
    come.length + gone.length === 0
      ? harmless()
      : breaks(
          ...(come.length > 0
            ? [`The provider decides who is in ${come.join(', ')}; who it does not name loses it.`]
            : []),
          ...(gone.length > 0 ? [`Who is in ${gone.join(', ')} stays in it, whatever the provider says.`] : []),
        ),
  trust_amr: whenOff('Its people prove a second factor here where one is wanted.'),
  trust_acr: ({ gone }) =>
    gone.length > 0 ? breaks('Its people prove a second factor here where one is wanted.') : harmless(),
}

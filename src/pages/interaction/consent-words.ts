/** What the consent page says of scopes and claims. Each completes "Wiki will be able to …". */
import type { ClaimName } from '../../protocol/claims.ts'
import type { Account } from '../../storage/storage.ts'

export interface Wording {
  readonly title: string
  readonly detail: string
}

const OF_SCOPES: Readonly<Record<string, Wording>> = {
  openid: { title: 'Know that it is you', detail: 'By an identifier that stays the same each time' },
  profile: { title: 'See your profile', detail: 'Your name, user name, picture, language and the like' },
  email: { title: 'See your e-mail address', detail: 'And whether it is verified' },
  address: { title: 'See your postal address', detail: 'Street, town, postcode and country' },
  phone: { title: 'See your telephone number', detail: 'And whether it is verified' },
  groups: { title: 'See your groups', detail: 'Which groups you belong to here' },
  offline_access: { title: 'Stay connected', detail: 'Also when you have signed out here' },
}

/** With "See" before them. */
const OF_CLAIMS: Readonly<Record<ClaimName, string>> = {
  name: 'your name',
  given_name: 'your first name',
  family_name: 'your family name',
  middle_name: 'your middle name',
  nickname: 'your nickname',
  preferred_username: 'your user name',
  profile: 'the address of your profile page',
  picture: 'your picture',
  website: 'the address of your website',
  gender: 'your gender',
  birthdate: 'your date of birth',
  zoneinfo: 'your time zone',
  locale: 'your language',
  updated_at: 'when your profile was last changed',
  email: 'your e-mail address',
  email_verified: 'whether your e-mail address is verified',
  phone_number: 'your telephone number',
  phone_number_verified: 'whether your telephone number is verified',
  address: 'your postal address',
  groups: 'your groups',
}

/** @param apis the names of those that understand the scope, as far as the configuration says */
export function scopeWording(scope: string, { claims }: Account, apis: readonly string[] = []): Wording {
  const known = OF_SCOPES[scope] ?? wordingOfApis(scope, apis)
  const value = scope === 'email' ? claims.email : scope === 'phone' ? claims.phone_number : undefined
  return { title: known.title, detail: value ?? known.detail }
}

const wordingOfApis = (scope: string, apis: readonly string[]): Wording =>
  apis.length === 0
    ? { title: `Use ${scope}`, detail: 'A permission that this app defines itself' }
    : { title: `Use ${apis.join(' and ')} for you`, detail: `As far as ${scope} allows` }

/** Of an API that no scope of the request speaks of. */
export const apiWording = (name: string): Wording => ({ title: `Use ${name} for you`, detail: '' })

export function claimWording(name: ClaimName, { claims }: Account): Wording {
  const value = claims[name]
  return { title: `See ${OF_CLAIMS[name]}`, detail: typeof value === 'string' ? value : '' }
}

/** Users of a Keycloak realm export as records of an import: what there is here for what they have there. */
import { parseAccountClaims } from '../account-claims.ts'
import { type Fields, fieldsOf, listOf, type MovedAccount, textOf } from './moved-account.ts'

export interface KeycloakOptions {
  /** `/staff/ops`, as Keycloak's mapper writes groups with "full group path", or `ops`, as it does without. */
  readonly groups: 'paths' | 'names'
  /** The paths of the names that were met: two groups of one name must not become one. */
  readonly paths: Map<string, string>
}

/** Keycloak's own mappers read these attributes for the standard claims. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  middleName: 'middle_name',
  nickname: 'nickname',
  profile: 'profile',
  picture: 'picture',
  website: 'website',
  gender: 'gender',
  birthdate: 'birthdate',
  zoneinfo: 'zoneinfo',
  locale: 'locale',
  phoneNumber: 'phone_number',
  phoneNumberVerified: 'phone_number_verified',
}

const ADDRESS: Readonly<Record<string, string>> = {
  formatted: 'formatted',
  street: 'street_address',
  locality: 'locality',
  region: 'region',
  postal_code: 'postal_code',
  country: 'country',
}

/** The person's `sub` there is the id of the user, and stays what it is. */
export function keycloakUser(user: Fields, options: KeycloakOptions): MovedAccount {
  const remarks: string[] = []
  const remark = (isThere: boolean, kind: string): void => {
    if (isThere) remarks.push(kind)
  }
  if (textOf(user['serviceAccountClientId']) !== undefined) {
    return { record: undefined, remarks: ['service accounts: their clients have grant_types: [client_credentials]'] }
  }
  const claims = claimsOf(user, options, remarks)
  const credential = passwordOf(user, remarks)
  remark(Object.keys(fieldsOf(user['clientRoles'])).length > 0, 'client roles')
  remark(
    listOf(user['realmRoles']).some((role) => !/^default-roles-|^offline_access$|^uma_auth/.test(String(role))),
    'realm roles',
  )
  remark(listOf(user['federatedIdentities']).length > 0, 'links to identity providers')
  remark(textOf(user['federationLink']) !== undefined, 'links to LDAP or another user store: the password may be there')
  remark(listOf(user['requiredActions']).length > 0, 'required actions')
  remark(listOf(user['clientConsents']).length > 0, 'consents: people are asked again by apps that are not first_party')
  const createdAt = user['createdTimestamp']
  return {
    remarks,
    record: {
      username: user['username'],
      ...(textOf(user['id']) !== undefined && { sub: user['id'] }),
      ...(user['enabled'] === false && { disabled: true }),
      ...(typeof createdAt === 'number' && createdAt >= 0 && { created_at: isoTime(createdAt) }),
      ...credential,
      claims,
    },
  }
}

const isoTime = (at: number): string | undefined => (at < 8e15 ? new Date(Math.floor(at)).toISOString() : undefined)

function claimsOf(user: Fields, options: KeycloakOptions, remarks: string[]): Fields {
  const [given, family, email] = [user['firstName'], user['lastName'], user['email']].map(textOf)
  const groups = listOf(user['groups']).map((path) => groupOf(String(path), options))
  const wanted: Fields = {
    ...(given !== undefined && { given_name: given }),
    ...(family !== undefined && { family_name: family }),
    ...((given ?? family) !== undefined && { name: [given, family].filter((part) => part !== undefined).join(' ') }),
    ...(email !== undefined && { email, email_verified: user['emailVerified'] === true }),
    ...(groups.length > 0 && { groups }),
    ...attributeClaims(fieldsOf(user['attributes']), remarks),
  }
  // One that does not fit is left out and told, rather than the person with it.
  const fitting = Object.entries(wanted).filter(([name, value]) => {
    const isNeeded =
      name === 'email' || name === 'email_verified' || name.startsWith('phone_number') || name === 'groups'
    const fits = isNeeded || parseAccountClaims({ [name]: value }).faults.length === 0
    if (!fits) remarks.push(`values that are no ${name}`)
    return fits
  })
  return Object.fromEntries(fitting)
}

const groupOf = (path: string, { groups }: KeycloakOptions): string =>
  groups === 'paths' ? path : path.slice(path.lastIndexOf('/') + 1)

/** A fault where a group has the name of another one: who is in the one would have the rights of the other. */
export function groupNameFault(user: Fields, options: KeycloakOptions): string | undefined {
  if (options.groups === 'paths') return undefined
  for (const path of listOf(user['groups']).map(String)) {
    const known = options.paths.get(groupOf(path, options)) ?? path
    if (known !== path) return 'groups has one with the name of another group: use --groups paths'
    options.paths.set(groupOf(path, options), path)
  }
  return undefined
}

/** Each attribute is a list; the standard claims have one value. */
function attributeClaims(attributes: Fields, remarks: string[]): Fields {
  const claims: Record<string, unknown> = {}
  const address: Record<string, unknown> = {}
  for (const [name, values] of Object.entries(attributes)) {
    const [value] = Array.isArray(values) ? values : [values]
    const claim = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : undefined
    const member = Object.hasOwn(ADDRESS, name) ? ADDRESS[name] : undefined
    if (typeof value !== 'string' || value === '') continue
    if (claim === 'phone_number_verified') claims[claim] = value === 'true'
    else if (claim !== undefined) claims[claim] = value
    else if (member !== undefined) address[member] = value
    else remarks.push(`attribute ${JSON.stringify(name.slice(0, 50))}`)
  }
  if (
    claims['phone_number'] === undefined ||
    parseAccountClaims({ phone_number: claims['phone_number'] }).faults.length > 0
  ) {
    if (claims['phone_number'] !== undefined) remarks.push('values that are no phone_number')
    delete claims['phone_number']
    delete claims['phone_number_verified']
  }
  return { ...claims, ...(Object.keys(address).length > 0 && { address }) }
}

const OTHER_CREDENTIALS: Readonly<Record<string, string>> = {
  otp: 'one-time password devices',
  webauthn: 'security keys and passkeys',
  'webauthn-passwordless': 'security keys and passkeys',
  'recovery-authn-codes': 'recovery codes',
}

function passwordOf(user: Fields, remarks: string[]): Fields {
  let found: Fields = {}
  for (const credential of listOf(user['credentials']).map(fieldsOf)) {
    const type = String(credential['type'] ?? '')
    if (type === 'password') {
      if (credential['temporary'] === true) remarks.push('passwords that were to be changed at the next sign-in')
      if (Object.keys(found).length === 0) found = hashOrPassword(credential)
    } else if (type !== 'password-history') {
      remarks.push(
        Object.hasOwn(OTHER_CREDENTIALS, type) ? String(OTHER_CREDENTIALS[type]) : 'credentials of other kinds',
      )
    }
  }
  return found
}

/** Since Keycloak 8 in two texts of JSON; before that beside each other; `value` is a password, in files written by hand. */
function hashOrPassword(credential: Fields): Fields {
  const plain = textOf(credential['value'])
  if (plain !== undefined) return { password: plain }
  const secret = { ...credential, ...parsed(credential['secretData']) }
  const data = { ...credential, ...parsed(credential['credentialData']) }
  const hash = textOf(secret['value']) ?? textOf(secret['hashedSaltedValue']) ?? ''
  return { password_hash: phcOf(data, { salt: textOf(secret['salt']) ?? '', hash }) }
}

function parsed(text: unknown): Fields {
  try {
    return fieldsOf(typeof text === 'string' ? JSON.parse(text) : text)
  } catch {
    return {}
  }
}

const PBKDF2: Readonly<Record<string, string>> = {
  pbkdf2: 'sha1',
  'pbkdf2-sha256': 'sha256',
  'pbkdf2-sha512': 'sha512',
}

/** What is not known becomes a hash that is not either, so that it is told like any other. */
function phcOf(data: Fields, { salt, hash }: { salt: string; hash: string }): string {
  const algorithm = String(data['algorithm'] ?? '')
  const iterations = String(data['hashIterations'] ?? '')
  const more = fieldsOf(data['additionalParameters'])
  const first = (name: string): string => String(listOf(more[name])[0] ?? '')
  if (Object.hasOwn(PBKDF2, algorithm)) return `$pbkdf2-${PBKDF2[algorithm]}$${iterations}$${salt}$${hash}`
  if (algorithm !== 'argon2') return `keycloak:${algorithm}`
  const version = first('version') === '1.0' ? 16 : 19
  return `$argon2${first('type')}$v=${version}$m=${first('memory')},t=${iterations},p=${first('parallelism')}$${salt}$${hash}`
}

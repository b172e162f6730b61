/**
 * WebAuthn level 3: what a browser is asked for, and whether what it answers is right. The only file that knows the library,
 * which is loaded with the first answer: it takes 25 MiB.
 */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { Passkey } from '../../storage/storage.ts'
import { CHALLENGE_LIFETIME } from './passkey-challenge.ts'

/** RFC 8176 §2: proof of possession of a key; a user who was there. Verified by the device it is two factors. */
export const passkeyAmr = (isVerified: boolean): readonly string[] => (isVerified ? ['pop', 'user', 'mfa'] : ['pop'])

export type UserVerification = 'required' | 'preferred'

/** Whom passkeys are made for (§5.4.2), and from whose pages (§5.8.1). */
export interface RelyingParty {
  readonly rpId: string
  readonly name: string
  readonly origin: string
}

type Described = Pick<Passkey, 'id' | 'transports'>

const descriptorOf = ({ id, transports }: Described) => ({
  type: 'public-key',
  id,
  ...(transports.length > 0 && { transports }),
})

/** §5.1.9, PublicKeyCredentialRequestOptionsJSON. */
export const requestOptions = (
  { rpId }: Pick<RelyingParty, 'rpId'>,
  asked: {
    readonly challenge: string
    readonly userVerification: UserVerification
    /** None: whichever the device knows. */
    readonly allowed?: readonly Described[]
  },
) => ({
  challenge: asked.challenge,
  rpId,
  userVerification: asked.userVerification,
  timeout: CHALLENGE_LIFETIME,
  ...(asked.allowed && { allowCredentials: asked.allowed.map(descriptorOf) }),
})

/** RFC 9053: ES256, EdDSA, RS256, as §5.4 advises. */
const ALGORITHMS: readonly number[] = [-7, -8, -257]

/** §5.1.8, PublicKeyCredentialCreationOptionsJSON. */
export const creationOptions = (
  { rpId, name }: Pick<RelyingParty, 'rpId' | 'name'>,
  asked: {
    readonly challenge: string
    readonly user: { readonly handle: string; readonly name: string; readonly displayName: string }
    /** What the account has: one device needs no second. */
    readonly excluded: readonly Described[]
  },
) => ({
  challenge: asked.challenge,
  rp: { id: rpId, name },
  user: { id: asked.user.handle, name: asked.user.name, displayName: asked.user.displayName },
  pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
  timeout: CHALLENGE_LIFETIME,
  excludeCredentials: asked.excluded.map(descriptorOf),
  // Found again without a user name, and good without a password.
  authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
  attestation: 'none',
})

/** What came from a page, taken apart as far as is needed to know what it is about; nothing of it is proven. */
export interface Answer {
  readonly id: string
  readonly challenge: string
  readonly userHandle: string | undefined
  readonly json: object
}

/** Undefined: no answer of a browser to one of our pages. */
export function readAnswer(text: string): Answer | undefined {
  const json = objectOf(text)
  const response = json?.['response']
  if (json === undefined || typeof json['id'] !== 'string' || !isObject(response)) return undefined
  const data = textOf(response['clientDataJSON'])
  const client = data === undefined ? undefined : objectOf(Buffer.from(data, 'base64url').toString())
  const challenge = textOf(client?.['challenge'])
  // §7.2 step 12: none of our pages is ever inside another site's.
  if (challenge === undefined || client?.['crossOrigin'] === true) return undefined
  return { id: json['id'], challenge, userHandle: textOf(response['userHandle']), json }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What an answer proves. */
export interface Assertion {
  /** §6.1: the device has verified who used it. */
  readonly isVerified: boolean
  readonly signCount: number
  readonly isBackedUp: boolean
}

/** §7.2, steps 10 to 22. Undefined: it is not right. Whether the count has grown is for whoever stores it. */
export async function verifyAssertion(
  { rpId, origin }: Pick<RelyingParty, 'rpId' | 'origin'>,
  { answer, passkey }: { answer: Answer; passkey: Passkey },
): Promise<Assertion | undefined> {
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  try {
    const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
      // Every member of it is looked at there.
      response: answer.json as AuthenticationResponseJSON,
      expectedChallenge: answer.challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      credential: {
        id: passkey.id,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
        counter: 0,
      },
      requireUserVerification: false,
    })
    // §6.1.3: what may be on several devices is known when it is made, and never changes.
    if (!verified || (info.credentialDeviceType === 'multiDevice') !== passkey.isBackupEligible) return undefined
    return { isVerified: info.userVerified, signCount: info.newCounter, isBackedUp: info.credentialBackedUp }
  } catch {
    return undefined
  }
}

/** What a device has made. */
export type NewCredential = Pick<
  Passkey,
  'id' | 'publicKey' | 'signCount' | 'transports' | 'isBackupEligible' | 'isBackedUp' | 'aaguid'
>

/** §7.1 */
export async function verifyRegistration(
  { rpId, origin }: Pick<RelyingParty, 'rpId' | 'origin'>,
  answer: Answer,
): Promise<NewCredential | undefined> {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  try {
    const { verified, registrationInfo: info } = await verifyRegistrationResponse({
      response: answer.json as RegistrationResponseJSON,
      expectedChallenge: answer.challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      supportedAlgorithmIDs: [...ALGORITHMS],
    })
    if (!verified || info.credential.id !== answer.id) return undefined
    return {
      id: info.credential.id,
      publicKey: Buffer.from(info.credential.publicKey).toString('base64url'),
      signCount: info.credential.counter,
      transports: transportsOf(info.credential.transports),
      isBackupEligible: info.credentialDeviceType === 'multiDevice',
      isBackedUp: info.credentialBackedUp,
      aaguid: info.aaguid,
    }
  } catch {
    return undefined
  }
}

/** §5.8.4: hints of the browser for itself; what comes from it is not believed to be short or tidy. */
const transportsOf = (transports: readonly string[] | undefined): readonly string[] =>
  (Array.isArray(transports) ? transports : []).filter((one) => /^[a-z-]{1,20}$/.test(String(one))).slice(0, 8)

/** What a registered client is told of itself: the client information response of RFC 7591 §3.2.1 and RFC 7592 §3. */
import { type Timestamp, toSeconds } from '../base/clock.ts'
import type { ClientMetadata } from './client.ts'
import { metadataOnWire } from './client-metadata.ts'
import { PATHS, urlOf } from './discovery.ts'
import type { JsonObject } from './json-members.ts'

export interface ClientInformation {
  readonly issuer: string
  readonly clientId: string
  readonly issuedAt: Timestamp
  readonly metadata: ClientMetadata
  /** Of it only the hash is kept: the one that was made just now, or was presented. */
  readonly registrationToken: string
  /** One that was made just now; an older one is not shown again. */
  readonly secret: string | undefined
}

export function clientInformation(of: ClientInformation): JsonObject {
  return {
    ...metadataOnWire(of.metadata),
    client_id: of.clientId,
    client_id_issued_at: toSeconds(of.issuedAt),
    // It does not expire by itself; a client that nobody uses goes as a whole (docs/decisions/0014).
    ...(of.secret !== undefined && { client_secret: of.secret, client_secret_expires_at: 0 }),
    registration_access_token: of.registrationToken,
    registration_client_uri: urlOf(of.issuer, `${PATHS.registration}/${of.clientId}`),
  }
}

/** RFC 9700 §4.15: no subject identifier and no client_id of ours looks like it, so that nobody takes one for the other. */
export const registeredClientId = (random: string): string => `reg_${random}`

/** Asked before any look-up. */
export const isRegisteredClientId = (id: string): boolean => /^reg_[A-Za-z0-9_-]{22}$/.test(id)

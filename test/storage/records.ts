/** Records for the storage tests: complete ones, each with the differences that a test is about. */
import { DAY, MINUTE } from '../../src/base/duration.ts'
import type {
  Account,
  Consent,
  Delivery,
  Grant,
  Interaction,
  PushedRequest,
  RegisteredClient,
  Session,
  SessionClient,
  StoredSigningKey,
} from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'

export const anAccount = (id: string, different: Partial<Account> = {}): Account => ({
  id,
  username: id.toUpperCase(),
  usernameKey: id,
  emailKey: `${id}@example.test`,
  passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
  claims: {
    name: 'Ada “the” Löwe',
    email_verified: true,
    updated_at: 1,
    address: { country: 'DE' },
    groups: ['a', 'b c'],
  },
  disabledAt: undefined,
  origin: undefined,
  createdAt: START,
  updatedAt: START + 1,
  ...different,
})

export const aSession = (id: string, different: Partial<Session> = {}): Session => ({
  id,
  secretHash: `hash of ${id}`,
  accountId: 'ada',
  authenticatedAt: START,
  amr: ['pwd', 'mfa'],
  createdAt: START + 1,
  lastSeenAt: START + 2,
  expiresAt: START + DAY,
  endedAt: undefined,
  userAgent: 'Firefox/120.0',
  address: '192.0.2.0',
  ...different,
})

export const anInteraction = (id: string, different: Partial<Interaction> = {}): Interaction => ({
  id,
  browserHash: 'browser',
  clientId: 'wiki',
  parameters: 'client_id=wiki&state=%20%F0%9F%94%91',
  createdAt: START,
  expiresAt: START + 60 * MINUTE,
  completedAt: undefined,
  selectedAccountId: undefined,
  username: undefined,
  proven: undefined,
  ...different,
})

export const aPushedRequest = (id: string, different: Partial<PushedRequest> = {}): PushedRequest => ({
  id,
  clientId: 'wiki',
  parameters: 'client_id=wiki&state=%20%F0%9F%94%91',
  createdAt: START,
  expiresAt: START + MINUTE,
  usedAt: undefined,
  interactionId: undefined,
  ...different,
})

export const aConsent = (different: Partial<Consent> = {}): Consent => ({
  accountId: 'ada',
  clientId: 'wiki',
  scopes: ['openid', 'profile'],
  claims: ['email'],
  resources: ['https://orders.example'],
  shownHash: undefined,
  consentedAt: START,
  ...different,
})

/** A grant whose code was not yet used. */
export const aGrant = (id: string, different: Partial<Grant> = {}): Grant => ({
  id,
  clientId: 'wiki',
  accountId: 'ada',
  sessionId: 'session',
  scopes: ['openid', 'offline_access'],
  resources: undefined,
  nonce: 'n-0S6_WzA2Mj',
  authenticatedAt: START,
  amr: ['pwd'],
  acr: 'aal1',
  claims: { userinfo: ['email', 'address'], id_token: ['name'] },
  redirectUri: 'https://wiki.example.test/callback?a=b',
  codeChallenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  codeHash: 'hash of the code',
  codeExpiresAt: START + MINUTE,
  codeConsumedAt: undefined,
  refreshSalt: 'salt',
  refreshGeneration: 0,
  refreshRotatedAt: undefined,
  refreshExpiresAt: undefined,
  expiresAt: START + 30 * DAY,
  createdAt: START,
  revokedAt: undefined,
  revokedBecause: undefined,
  ...different,
})

export const aSigningKey = (kid: string, different: Partial<StoredSigningKey> = {}): StoredSigningKey => ({
  kid,
  algorithm: 'RS256',
  state: 'next',
  publicJwk: `{"kty":"RSA","kid":"${kid}"}`,
  sealedPrivateJwk: 'sealed',
  publishedAt: START,
  activatedAt: undefined,
  retiredAt: undefined,
  withdrawAt: undefined,
  revokedAt: undefined,
  ...different,
})

export const aSessionClient = (sessionId: string, different: Partial<SessionClient> = {}): SessionClient => ({
  sessionId,
  clientId: 'wiki',
  accountId: 'ada',
  subject: 'ada “the subject”',
  hasBackChannel: true,
  hasFrontChannel: false,
  expiresAt: START + DAY,
  ...different,
})

export const aDelivery = (id: string, different: Partial<Delivery> = {}): Delivery => ({
  id,
  kind: 'logout',
  clientId: 'wiki',
  accountId: 'ada',
  payload: { sub: 'ada', sid: 'session' },
  createdAt: START,
  nextAttemptAt: START,
  attempts: 0,
  deliveredAt: undefined,
  givenUpAt: undefined,
  lastFailure: undefined,
  ...different,
})

export const aRegisteredClient = (id: string, different: Partial<RegisteredClient> = {}): RegisteredClient => ({
  id,
  metadata: { client_name: 'Tool “of” Löwe', redirect_uris: ['https://tool.example/cb'] },
  secretHash: 'hash of a secret',
  sealedSecret: 'v1.sealed',
  registrationTokenHash: 'hash of a token',
  createdAt: START,
  updatedAt: START + 1,
  lastUsedAt: undefined,
  expiresAt: START + DAY,
  ...different,
})

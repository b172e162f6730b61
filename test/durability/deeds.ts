/** What people and apps do, each deed written into the history with its outcome. */
import assert from 'node:assert/strict'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { sha256 } from '../../src/base/hash.ts'
import { formOf } from '../fixtures/http-browser.ts'
import { type Account, newFamily, type Operation, type Use } from './history.ts'
import { anyServer, carryOut, type Holding, type Proof, type Visit } from './proof.ts'
import { type Answer, exchange, locationOf, Unanswered } from './wire.ts'

export const CALLBACK = 'https://app.example/callback'
const VERIFIER = 'a-code-verifier-of-forty-three-characters-ok'
export const INTROSPECTOR = { id: 'introspector', secret: 'the-secret-of-the-introspector-of-the-proofs' }
const BASIC = { authorization: `Basic ${Buffer.from(`${INTROSPECTOR.id}:${INTROSPECTOR.secret}`).toString('base64')}` }

/** The scopes of an authorization request. */
export const BOUND = ['openid']
export const OFFLINE = ['openid', 'offline_access']

const authorizePath = (scopes: readonly string[], prompt?: string): string =>
  `/authorize?${new URLSearchParams({
    client_id: 'spa',
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: scopes.join(' '),
    code_challenge: sha256(VERIFIER),
    code_challenge_method: 'S256',
    ...(prompt && { prompt }),
  })}`

/** Signs in with the password in a new browser; undefined unless it is acknowledged. */
export async function signIn(proof: Proof, account: Account): Promise<Visit | undefined> {
  const { at, origin = '' } = anyServer(proof)
  const cookies = new Map<string, string>()
  const page = await openPage(origin, authorizePath(BOUND), cookies)
  const form = formOf(page, '/password')
  const operation = proof.history.begin(at)
  account.signIns.push(operation)
  await carryOut(proof, operation, async (address) => {
    const { username, password } = account
    const path = form.action.pathname
    const answer = await exchange(address, { path, cookies, form: { ...form.fields, username, password } })
    return { outcome: answer.status === 303 ? ('done' as const) : ('refused' as const) }
  })
  if (operation.outcome !== 'done') return undefined
  proof.counts.signIns++
  const visit: Visit = { session: { account, begun: operation, signOuts: [], authorizations: [] }, cookies }
  proof.history.sessions.push(visit.session)
  proof.visits.push(visit)
  proof.touchedVisits.add(visit)
  return visit
}

/** Follows redirects as long as they stay here. */
async function openPage(origin: string, path: string, cookies: Map<string, string>) {
  for (let at = path; ; ) {
    const answer = await exchange(origin, { path: at, cookies, headers: { accept: 'text/html' } })
    if (answer.status !== 303) return { ...answer, url: new URL(at, origin) }
    const next = new URL(locationOf(answer), origin)
    if (next.href.startsWith(CALLBACK)) return { ...answer, url: next }
    at = next.pathname + next.search
  }
}

/** An authorization request without a page; undefined unless a code is acknowledged. Consent is given where it is asked for. */
export async function authorize(proof: Proof, visit: Visit, scopes: readonly string[]): Promise<Holding | undefined> {
  const { session, cookies } = visit
  const operation = proof.history.begin(anyServer(proof).at)
  session.authorizations.push(operation)
  proof.touchedVisits.add(visit)
  let fields = new URLSearchParams()
  await carryOut(proof, operation, async (origin) => {
    // A copy: what a request in a signed-out browser does to its cookies is no concern of the next one.
    const answer = await exchange(origin, { path: authorizePath(scopes, 'none'), cookies: new Map(cookies) })
    fields = new URL(locationOf(answer)).searchParams
    assert.match(fields.get('error') ?? '', /^(|login_required|consent_required)$/, `${fields}`)
    return { outcome: fields.get('error') === 'login_required' ? ('refused' as const) : ('done' as const) }
  })
  if (fields.get('error') === 'consent_required') return giveConsent(proof, visit, { operation, scopes })
  const code = fields.get('code')
  if (code === null) return undefined
  proof.counts.codes++
  const holding = { family: newFamily(code, session, scopes.includes('offline_access')), visit, older: [] }
  proof.history.families.push(holding.family)
  proof.holdings.push(holding)
  proof.touched.add(holding)
  return holding
}

async function giveConsent(
  proof: Proof,
  { session, cookies }: Visit,
  { operation, scopes }: { operation: Operation; scopes: readonly string[] },
): Promise<undefined> {
  session.account.asked.push({ ...operation, scopes })
  const { at, origin = '' } = anyServer(proof)
  const page = await openPage(origin, authorizePath(scopes), cookies)
  // Another tab may have allowed it meanwhile, or signed out.
  if (!/<form[^>]*\/consent"/.test(page.body)) return
  const form = formOf(page, '/consent')
  const consent = Object.assign(proof.history.begin(at), { scopes })
  session.account.consents.push(consent)
  await carryOut(proof, consent, async (address) => {
    const sent = { path: form.action.pathname, cookies, form: { ...form.fields, answer: 'allow' } }
    const answer = await exchange(address, sent)
    assert.equal(answer.status, 303, answer.body)
    // It leads back to the interaction when it was not taken, too; the one reason for that is a sign-out meanwhile.
    return { outcome: session.signOuts.length === 0 ? ('done' as const) : ('refused' as const) }
  })
  if (consent.outcome === 'done') proof.counts.consents++
}

type Tokens = { readonly access_token: string; readonly refresh_token: string; readonly id_token?: string }

/** Tokens, or invalid_grant; anything else is wrong. */
async function askToken(origin: string, form: Readonly<Record<string, string>>): Promise<Tokens | undefined> {
  const answer = await exchange(origin, { path: '/token', form: { client_id: 'spa', ...form } })
  if (answer.status === 200) return JSON.parse(answer.body)
  assert.equal(`${answer.status} ${JSON.parse(answer.body).error}`, '400 invalid_grant', answer.body)
  return undefined
}

function keep(holding: Holding, tokens: Tokens): void {
  if (holding.refreshToken !== undefined && holding.refreshToken !== tokens.refresh_token) {
    holding.older.push(holding.refreshToken)
  }
  holding.refreshToken = tokens.refresh_token
  holding.accessToken = tokens.access_token
  if (tokens.id_token) holding.visit.idToken = tokens.id_token
}

export async function redeem(proof: Proof, holding: Holding): Promise<void> {
  const { family } = holding
  const operation = proof.history.begin(anyServer(proof).at)
  family.redemptions.push(operation)
  proof.touched.add(holding)
  await carryOut(proof, operation, async (origin) => {
    const form = {
      grant_type: 'authorization_code',
      code: family.code,
      redirect_uri: CALLBACK,
      code_verifier: VERIFIER,
    }
    const tokens = await askToken(origin, form)
    if (tokens === undefined) return { outcome: 'refused' as const }
    keep(holding, tokens)
    return { outcome: 'done' as const, received: tokens.refresh_token }
  })
  if (operation.outcome !== 'done') return
  proof.counts.redemptions++
  await checkKeys(proof, holding)
}

/** @param presented an older token than the newest, to see it refused */
export async function refresh(proof: Proof, holding: Holding, presented = holding.refreshToken ?? ''): Promise<void> {
  const operation = Object.assign(proof.history.begin(anyServer(proof).at), { presented })
  holding.family.refreshes.push(operation)
  proof.touched.add(holding)
  await carryOut(proof, operation, async (origin) => {
    const tokens = await askToken(origin, { grant_type: 'refresh_token', refresh_token: presented })
    if (tokens === undefined) return { outcome: 'refused' as const }
    // Of several answers at once the first one moves it; a later one for the same token brings the same.
    if (holding.refreshToken === presented) keep(holding, tokens)
    return { outcome: 'done' as const, received: tokens.refresh_token }
  })
  if (operation.outcome !== 'done') return
  proof.counts.refreshes++
  if (proof.random.chance(0.2)) await checkKeys(proof, holding)
}

/** Userinfo, or introspection. */
export async function use(proof: Proof, holding: Holding, accessToken = holding.accessToken): Promise<void> {
  if (accessToken === undefined) return
  const operation: Use = Object.assign(proof.history.begin(anyServer(proof).at), { accessToken })
  holding.family.uses.push(operation)
  const introspects = proof.random.chance(0.5)
  await carryOut(proof, operation, async (origin) => {
    const isGood = introspects ? await isActive(origin, accessToken) : await isAccepted(origin, accessToken)
    return { outcome: isGood ? ('done' as const) : ('refused' as const) }
  })
  if (operation.outcome === 'done') proof.counts.uses++
}

async function isActive(origin: string, token: string): Promise<boolean> {
  const answer = await exchange(origin, { path: '/introspect', form: { token }, headers: BASIC })
  assert.equal(answer.status, 200, answer.body)
  return JSON.parse(answer.body).active
}

async function isAccepted(origin: string, token: string): Promise<boolean> {
  const answer = await exchange(origin, { path: '/userinfo', headers: { authorization: `Bearer ${token}` } })
  assert.ok(answer.status === 200 || answer.status === 401, `${answer.status} ${answer.body}`)
  return answer.status === 200
}

/** RFC 7009: the family by its refresh token, or an access token alone. */
export async function revoke(proof: Proof, holding: Holding, what: 'family' | 'access token'): Promise<void> {
  const { family, refreshToken, accessToken } = holding
  if (refreshToken === undefined || accessToken === undefined) return
  const operation: Use = Object.assign(proof.history.begin(anyServer(proof).at), { accessToken })
  if (what === 'family') family.revocations.push(operation)
  else family.tokenRevocations.push(operation)
  proof.touched.add(holding)
  await carryOut(proof, operation, async (origin) => {
    const token = what === 'family' ? refreshToken : accessToken
    const answer = await exchange(origin, { path: '/revoke', form: { client_id: 'spa', token } })
    assert.equal(answer.status, 200, answer.body)
    return { outcome: 'done' as const }
  })
  if (operation.outcome === 'done') proof.counts.revocations++
}

/** By the app, with an ID token of this session, which needs no page. */
export async function signOut(proof: Proof, visit: Visit): Promise<void> {
  const { session, idToken } = visit
  if (idToken === undefined) return
  const operation = proof.history.begin(anyServer(proof).at)
  session.signOuts.push(operation)
  proof.touchedVisits.add(visit)
  await carryOut(proof, operation, async (origin) => {
    const path = `/end-session?${new URLSearchParams({ id_token_hint: idToken })}`
    const answer = await exchange(origin, { path, cookies: new Map(visit.cookies) })
    assert.match(locationOf(answer), /\/signed-out/)
    return { outcome: 'done' as const }
  })
  if (operation.outcome === 'done') proof.counts.signOuts++
}

/** Every token verifies with the keys that every process publishes at this moment. */
async function checkKeys(proof: Proof, { accessToken = '', visit: { idToken = '' } }: Holding): Promise<void> {
  for (const { origin, at } of proof.servers) {
    if (origin === undefined) continue
    const answer = await exchange(origin, { path: '/jwks' }).catch((error: unknown): Answer | undefined => {
      if (error instanceof Unanswered) return undefined
      throw error
    })
    if (answer === undefined) continue
    const keys = createLocalJWKSet(JSON.parse(answer.body))
    for (const token of [accessToken, idToken]) {
      await jwtVerify(token, keys).then(
        () => proof.counts.keyChecks++,
        (error) => proof.violations.add(`the keys of process ${at} do not verify a token: ${error}`),
      )
    }
  }
}

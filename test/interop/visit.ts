/** One person's visit to an app: sign in, userinfo, refresh, sign out; what each step gave is checked here. */
import assert from 'node:assert/strict'
import type { Claims, Registration, RelyingParty } from './relying-party.ts'
import { ALICE, type World } from './world.ts'

export const STEPS = ['sign in', 'userinfo', 'refresh', 'sign out'] as const
export type Step = (typeof STEPS)[number]

/** Of each step that was done: what was seen, in a few words. */
export interface Sights {
  readonly version: string
  readonly seen: ReadonlyMap<Step, string>
  /** The step that failed. */
  readonly failure?: { readonly step: Step | 'start'; readonly error: unknown; readonly log?: string }
}

/** The steps of one client, each of which throws or says what it saw. */
export type Deeds = Readonly<Record<Step, () => Promise<string>>>

export async function inOrder(version: string, deeds: Deeds): Promise<Sights> {
  const seen = new Map<Step, string>()
  for (const step of STEPS) {
    try {
      seen.set(step, await deeds[step]())
    } catch (error) {
      return { version, seen, failure: { step, error } }
    }
  }
  return { version, seen }
}

export function visit(world: World, registration: Registration, app: RelyingParty): Promise<Sights> {
  const { browser, origin } = registration
  let signedIn: Claims = {}
  let accessToken = ''

  return inOrder(app.version, {
    async 'sign in'() {
      const asked = await app.begin()
      const { url } = await browser.authorize(asked, ALICE)
      signedIn = await app.finish(url)
      return assertSignedIn(signedIn, asked, registration)
    },
    async userinfo() {
      return assertAlice(await app.userinfo(), signedIn['sub'])
    },
    async refresh() {
      const refreshed = await app.refresh()
      accessToken = refreshed.accessToken
      return assertRefreshed(world, refreshed, signedIn['sub'])
    },
    async 'sign out'() {
      const left = await browser.open(await app.signOut())
      const back = left.headers.get('location') ?? ''
      assert.ok(back.startsWith(`${origin}/`), `the browser is not back at the app but at ${left.url} (${left.status})`)
      const silent = await app.begin()
      silent.searchParams.set('prompt', 'none')
      const answer = await browser.authorize(silent)
      assert.equal(answer.fields.get('error'), 'login_required')
      return assertOver(world, accessToken)
    },
  })
}

/** The claims that the library let through, and what its request was like. */
export function assertSignedIn(claims: Claims, asked: URL, { issuer, clientId }: Registration): string {
  assert.equal(claims['iss'], issuer)
  assert.equal(Array.isArray(claims['aud']) ? claims['aud'].join() : claims['aud'], clientId)
  assert.ok(typeof claims['sub'] === 'string' && claims['sub'] !== '', 'no sub')
  const nonce = asked.searchParams.get('nonce')
  assert.equal(claims['nonce'] ?? null, nonce)
  const pkce = asked.searchParams.get('code_challenge_method') ?? 'no'
  return `${pkce} PKCE, ${nonce === null ? 'no nonce' : 'nonce'}, sub ${claims['sub'].slice(0, 6)}…`
}

export function assertAlice(claims: Claims, sub: unknown): string {
  assert.equal(claims['sub'], sub)
  assert.deepEqual([claims['name'], claims['email'], claims['email_verified']], [ALICE.name, ALICE.email, true])
  return `${claims['name']}, ${claims['email']}`
}

interface NewTokens {
  readonly accessTokenBefore: string
  readonly accessToken: string
  readonly sub?: string
}

export async function assertRefreshed(world: World, tokens: NewTokens, sub: unknown): Promise<string> {
  const { accessTokenBefore, accessToken } = tokens
  assert.ok(accessToken !== '' && accessTokenBefore !== '', 'no access token')
  assert.notEqual(accessToken, accessTokenBefore)
  const known = await world.introspect(accessToken)
  assert.deepEqual([known['active'], known['sub']], [true, sub])
  if (tokens.sub === undefined) return 'new access token'
  assert.equal(tokens.sub, sub)
  return 'new access token, ID token'
}

/** What the session gave is over. */
export async function assertOver(world: World, accessToken: string): Promise<string> {
  assert.equal((await world.introspect(accessToken))['active'], false)
  return 'back at the app, session and tokens over'
}

/** The suite's part of a sign-out: what it sends to the end session endpoint, and what must be true afterwards. */
import assert from 'node:assert/strict'
import { formEncoded } from '../fixtures/test-client.ts'
import { assertErrorFields } from './checks.ts'
import { follow, type Journey } from './person.ts'
import { type Redeemed, type Run, text } from './run.ts'
import { POST_LOGOUT } from './site.ts'

export interface EndSession {
  readonly id_token_hint: string
  readonly post_logout_redirect_uri: string
  readonly state: string
}

/** Never with a client_id; the state is long. */
export const endSessionRequest = ({ tokens }: Redeemed, postLogout = POST_LOGOUT): EndSession => ({
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri: postLogout,
  state: text(128),
})

export const endSession = async ({ browser }: Run, fields: Partial<EndSession>): Promise<Journey> =>
  follow(browser, await browser.get(`/end-session?${formEncoded(fields)}`))

type LedBack = Pick<EndSession, 'post_logout_redirect_uri'> & Partial<EndSession>

/** RP-Initiated Logout §3: back to where the client wanted, with its state and nothing else. */
export function assertLedBack({ arrival, last }: Journey, { state, post_logout_redirect_uri }: LedBack): void {
  assert.ok(arrival, `the browser did not come back but got ${last.statusCode}`)
  assert.equal(`${arrival.url.origin}${arrival.url.pathname}`, post_logout_redirect_uri)
  assert.deepEqual([...arrival.url.searchParams], state === undefined ? [] : [['state', state]])
}

/** Afterwards nobody is signed in: prompt=none is answered with an error that asks for a user interface. */
export async function assertSignedOut(run: Run): Promise<void> {
  const request = run.request({ prompt: 'none' })
  const fields = run.fieldsOf(await run.authorize(request))
  assertErrorFields(fields, request['state'])
  assert.match(
    fields.get('error') ?? '',
    /^(interaction_required|login_required|account_selection_required|consent_required)$/,
  )
}

/** The browser stays here: the person was asked first, or sees an error. */
export function assertStaysHere({ arrival, asked, last }: Journey): void {
  assert.equal(arrival, undefined)
  assert.match(String(last.headers['content-type']), /^text\/html/)
  assert.ok(asked.includes('sign-out') || last.statusCode >= 400, 'neither asked nor refused')
}

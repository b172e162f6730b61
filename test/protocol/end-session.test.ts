import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { endSessionClientId, isHintFor, parseEndSession } from '../../src/protocol/end-session.ts'
import { readParameters } from '../../src/protocol/parameters.ts'
import type { IdTokenHint } from '../../src/protocol/tokens/id-token.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { assertRefused, someParameters } from '../fixtures/refusals.ts'

const CLIENTS = new Map([aClient(), aPublicClient()].map((client) => [client.id, client]))
const BYE = 'https://app.example/bye'
const hintOf = (clientId: string): IdTokenHint => ({
  clientId,
  subject: 'sub-of-anna',
  sessionId: 'session-1',
})

const parse = (parameters: Record<string, string>, hint?: IdTokenHint) => {
  const asked = someParameters(parameters)
  const id = endSessionClientId(asked, hint)
  const { client, target, refusedTarget } = parseEndSession(asked, id === undefined ? undefined : CLIENTS.get(id))
  return { client: client?.id, uri: target?.uri, state: target?.state, refusedTarget }
}

const NOTHING = { client: undefined, uri: undefined, state: undefined, refusedTarget: undefined }

describe('[RP-Initiated Logout 2] a logout request', () => {
  test('may say nothing', () => assert.deepEqual(parse({}), NOTHING))

  test('names its client by client_id', () => {
    assert.deepEqual(parse({ client_id: 'app' }), { ...NOTHING, client: 'app' })
  })

  test('names its client by the ID token', () => {
    assert.deepEqual(parse({}, hintOf('spa')), { ...NOTHING, client: 'spa' })
  })

  test('may name it by both, when both say the same', () => {
    assert.deepEqual(parse({ client_id: 'app' }, hintOf('app')), { ...NOTHING, client: 'app' })
    assertRefused(() => parse({ client_id: 'app' }, hintOf('spa')), 'invalid_request', /client_id/)
    assertRefused(() => parse({ client_id: 'nobody' }, hintOf('app')), 'invalid_request', /client_id/)
  })

  test('of a client that is not known has none', () => {
    const asked = { client_id: 'nobody', post_logout_redirect_uri: BYE }
    assert.deepEqual(parse(asked), { ...NOTHING, refusedTarget: BYE })
    assert.deepEqual(parse({ post_logout_redirect_uri: BYE }, hintOf('gone')), { ...NOTHING, refusedTarget: BYE })
  })

  for (const name of ['client_id', 'post_logout_redirect_uri', 'state']) {
    test(`[RFC6749 3.1] with a repeated ${name} is refused`, () => {
      const good = `client_id=app&post_logout_redirect_uri=${encodeURIComponent(BYE)}&state=x`
      const parameters = readParameters(`${good}&${name}=x`)
      assertRefused(
        () => parseEndSession(parameters, CLIENTS.get(endSessionClientId(parameters, undefined) ?? '')),
        'invalid_request',
        /repeated/,
      )
    })
  }
})

describe('[RP-Initiated Logout 3] where it leads', () => {
  const back = { post_logout_redirect_uri: BYE, state: 'a-state' }

  test('to a registered URI, with the state', () => {
    const expected = { client: 'app', uri: BYE, state: 'a-state', refusedTarget: undefined }
    assert.deepEqual(parse({ ...back, client_id: 'app' }), expected)
    assert.deepEqual(parse(back, hintOf('app')), expected)
  })

  test('nowhere without a client', () => assert.deepEqual(parse(back), { ...NOTHING, refusedTarget: BYE }))

  test('not to a URI of another client', () => {
    assert.deepEqual(parse({ ...back, client_id: 'spa' }), { ...NOTHING, client: 'spa', refusedTarget: BYE })
  })

  for (const uri of [
    `${BYE}/`,
    `${BYE}?x`,
    'https://app.example/callback',
    'https://APP.example/bye',
    '//app.example/bye',
  ]) {
    test(`not to ${uri}`, () => {
      const asked = { client_id: 'app', post_logout_redirect_uri: uri, state: 'x' }
      assert.deepEqual(parse(asked), { ...NOTHING, client: 'app', refusedTarget: uri })
    })
  }
})

describe('[RP-Initiated Logout 2] without asking, only who', () => {
  const session = { sid: 'session-1', sub: 'sub-of-anna' }
  test('is named by the hint', () => assert.equal(isHintFor(hintOf('app'), session), true))
  test('is not somebody else', () => {
    assert.equal(isHintFor(hintOf('app'), { ...session, sub: 'sub-of-ben' }), false)
  })
  test('is not the same person in another session', () => {
    assert.equal(isHintFor(hintOf('app'), { ...session, sid: 'session-2' }), false)
    assert.equal(isHintFor({ ...hintOf('app'), sessionId: undefined }, session), false)
  })
  test('is named at all', () => assert.equal(isHintFor(undefined, session), false))
})

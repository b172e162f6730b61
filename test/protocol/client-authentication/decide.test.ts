import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sha256 } from '../../../src/base/hash.ts'
import { authenticateClient } from '../../../src/protocol/client-authentication/decide.ts'
import type { PresentedSecret } from '../../../src/protocol/client-authentication/presented.ts'
import { CLIENT_AUTHENTICATION_METHODS, type ClientAuthenticationMethod } from '../../../src/protocol/vocabulary.ts'
import { aClient, aPublicClient, CLIENT_SECRET } from '../../fixtures/client.ts'
import { assertRefused } from '../../fixtures/refusals.ts'

/** As a library does that encodes everything. */
const encode = (text: string): string =>
  [...text].map((c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')

const CANARY = 'canary-secret-that-nobody-may-see-in-any-log'

/** Those that are judged by assertions: test/endpoints/client-assertion.test.ts. */
const SECRET_METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const

const clientFor = (method: ClientAuthenticationMethod) =>
  method === 'none' ? aPublicClient({ id: 'app' }) : aClient({ metadata: { token_endpoint_auth_method: method } })

const presentedBy = (method: PresentedSecret['method'], secret = CLIENT_SECRET): PresentedSecret => ({
  method,
  clientId: 'app',
  secret: method === 'none' ? undefined : secret,
})

describe('[RFC6749 2.3] a client authenticates', () => {
  for (const registered of CLIENT_AUTHENTICATION_METHODS) {
    for (const used of SECRET_METHODS) {
      const client = clientFor(registered)
      if (registered === used) {
        test(`registered for ${registered}, by it`, () => {
          assert.equal(authenticateClient(client, presentedBy(used)), client)
        })
      } else {
        test(`[OpenID Connect Core 9] registered for ${registered}, never by ${used}`, () => {
          const act = () => authenticateClient(client, presentedBy(used))
          const { failed } = assertRefused(act, 'invalid_client', /^client authentication failed$/)
          assert.deepEqual(failed, { check: 'client_auth_method', expected: registered, came: used })
        })
      }
    }
  }

  for (const method of ['client_secret_basic', 'client_secret_post'] as const) {
    for (const wrong of [
      `${CLIENT_SECRET}x`,
      CLIENT_SECRET.slice(1),
      CLIENT_SECRET.toUpperCase(),
      '',
      sha256(CLIENT_SECRET),
    ]) {
      test(`not by ${method} with ${JSON.stringify(wrong)}`, () => {
        const act = () => authenticateClient(clientFor(method), presentedBy(method, wrong))
        assertRefused(act, 'invalid_client', /^client authentication failed$/)
      })
    }
    test(`not by ${method} without a secret`, () => {
      const presented = { method, clientId: 'app', secret: undefined }
      assertRefused(() => authenticateClient(clientFor(method), presented), 'invalid_client')
    })
    test(`not by ${method} when no secret is registered`, () => {
      const client = { ...clientFor(method), secretHashes: [] }
      assertRefused(() => authenticateClient(client, presentedBy(method)), 'invalid_client')
      assertRefused(() => authenticateClient(client, presentedBy(method, '')), 'invalid_client')
    })
    test(`by ${method} with any of several secrets, so that one can be replaced`, () => {
      const client = { ...clientFor(method), secretHashes: [sha256('old'), sha256(CLIENT_SECRET)] }
      assert.equal(authenticateClient(client, presentedBy(method)), client)
      assert.equal(authenticateClient(client, presentedBy(method, 'old')), client)
      assertRefused(() => authenticateClient(client, presentedBy(method, 'older')), 'invalid_client')
    })
  }
})

describe('[RFC6749 5.2] whatever is wrong', () => {
  const REFUSED: readonly [what: string, client: Parameters<typeof authenticateClient>[0], PresentedSecret][] = [
    ['an unknown client', undefined, presentedBy('client_secret_basic', CANARY)],
    ['an unknown public client', undefined, presentedBy('none')],
    ['a wrong secret', clientFor('client_secret_basic'), presentedBy('client_secret_basic', CANARY)],
    ['a wrong method', clientFor('client_secret_basic'), presentedBy('client_secret_post', CANARY)],
    ['a public client with a secret', clientFor('none'), presentedBy('client_secret_post', CANARY)],
  ]
  for (const [what, client, presented] of REFUSED) {
    test(`the wire hears the same words: ${what}`, () => {
      const error = assertRefused(() => authenticateClient(client, presented), 'invalid_client')
      assert.equal(error.description, 'client authentication failed')
    })
    test(`the log hears what it was, and never the secret: ${what}`, () => {
      const { failed, message, stack } = assertRefused(() => authenticateClient(client, presented), 'invalid_client')
      assert.match(failed.check, /client/)
      assert.doesNotMatch(`${JSON.stringify(failed)} ${message} ${stack}`, new RegExp(`${CANARY}|${sha256(CANARY)}`))
    })
  }

  test('an unknown id is named, unless it looks like a secret that got into the wrong field', () => {
    const failedOf = (clientId: string) =>
      assertRefused(
        () => authenticateClient(undefined, { method: 'none', clientId, secret: undefined }),
        'invalid_client',
      ).failed
    assert.deepEqual(failedOf('nobody'), { check: 'client_id', came: 'nobody' })
    assert.deepEqual(failedOf('3f8Zk1vXq0Lr7TtYw2Bn5Mm4Ss6Dd9Gg_Hh-Jj0Kk1a'), {
      check: 'client_id',
      came: '(43 characters that look like a secret)',
    })
  })

  for (const [what, wrong, came] of [
    ['an empty one', '', 'an empty one'],
    [
      'with a line break',
      `${CLIENT_SECRET}
`,
      'the right one with white space around it',
    ],
    ['in quotation marks', `"${CLIENT_SECRET}"`, 'the right one with quotation marks around it'],
    ['its hash', sha256(CLIENT_SECRET), 'the hash of the secret instead of the secret'],
    ['percent-encoded twice', encode(CLIENT_SECRET), 'the right one, percent-encoded once too often'],
    ['another one', 'another', 'another one'],
  ] as const) {
    test(`of a wrong secret the operator hears what can be told without it: ${what}`, () => {
      const act = () => authenticateClient(clientFor('client_secret_post'), presentedBy('client_secret_post', wrong))
      assert.deepEqual(assertRefused(act, 'invalid_client').failed, { check: 'client_secret', came })
    })
  }

  test('[RFC6749 2.3.1] a + that was not encoded in the Authorization header has become a space', () => {
    const client = { ...clientFor('client_secret_basic'), secretHashes: [sha256('a+b')] }
    const act = () => authenticateClient(client, presentedBy('client_secret_basic', 'a b'))
    assert.match(assertRefused(act, 'invalid_client').failed.came ?? '', /with its \+ unencoded/)
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SECOND } from '../../src/base/duration.ts'
import {
  parsePushedRequestUri,
  pushedRequestFault,
  pushedRequestUri,
  requestToPush,
} from '../../src/protocol/pushed-request.ts'
import type { PushedRequest } from '../../src/protocol/records.ts'
import { aClient } from '../fixtures/client.ts'
import { START } from '../fixtures/clock.ts'

const pushed: PushedRequest = {
  id: 'p',
  clientId: 'app',
  parameters: '',
  createdAt: START,
  expiresAt: START + 90 * SECOND,
  usedAt: undefined,
  interactionId: undefined,
}

describe('[RFC9126 2] a pushed request', () => {
  test('[RFC9126 2.2] its request_uri leads back to the reference, and no other one does', () => {
    assert.equal(parsePushedRequestUri(pushedRequestUri('a-b_c')), 'a-b_c')
    for (const uri of [
      'https://app.example/r',
      'urn:ietf:params:oauth:request_uri',
      ' urn:ietf:params:oauth:request_uri:a',
    ]) {
      assert.equal(parsePushedRequestUri(uri), undefined)
    }
  })

  test('[RFC9126 2.1] what authenticates the client is left out, and the client is the one that was authenticated', () => {
    const form =
      'state=a+b%26&client_secret=s&client_assertion=a&client_assertion_type=t&resource=https%3A%2F%2Fa&resource=https%3A%2F%2Fb'
    const kept = new URLSearchParams(requestToPush(form, aClient()))
    assert.deepEqual(
      [...kept],
      [
        ['state', 'a b&'],
        ['resource', 'https://a'],
        ['resource', 'https://b'],
        ['client_id', 'app'],
      ],
    )
  })

  test('[RFC9126 4] is good for its client, in its time, once', () => {
    const fault = (of: PushedRequest | undefined, now = START) => pushedRequestFault(of, aClient(), now)?.description
    assert.equal(fault(pushed), undefined)
    assert.equal(fault(pushed, pushed.expiresAt - 1), undefined)
    assert.match(fault(pushed, pushed.expiresAt) ?? '', /expired/)
    assert.match(fault({ ...pushed, usedAt: START }) ?? '', /already used/)
    assert.match(fault({ ...pushed, clientId: 'spa' }) ?? '', /not known/)
    assert.match(fault(undefined) ?? '', /not known/)
    assert.equal(pushedRequestFault(undefined, aClient(), START)?.code, 'invalid_request_uri')
  })
})

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { sessionState, userAgentState } from '../../src/protocol/session-state.ts'

describe('session_state', () => {
  const input = { clientId: 'my app', redirectUri: 'https://app.example:8443/cb?x=1', state: 'st', salt: 'sa' }

  test('[OpenID Connect Session Management 3.2] the hash of client, origin, state and salt, and the salt', () => {
    const expected = createHash('sha256').update('my app https://app.example:8443 st sa').digest('hex')
    assert.equal(sessionState(input), `${expected}.sa`)
    // The standard port is not part of an origin.
    assert.equal(
      sessionState({ ...input, redirectUri: 'https://app.example:443/a' }),
      sessionState({ ...input, redirectUri: 'https://app.example/b' }),
    )
  })

  test('none for a client that has no web page', () => {
    assert.equal(sessionState({ ...input, redirectUri: 'com.example.app:/cb' }), undefined)
  })

  test('the state of a browser is another one for each session and after each sign-in, and never says which', () => {
    const states = [
      { id: 'a', authenticatedAt: 1 },
      { id: 'a', authenticatedAt: 2 },
      { id: 'b', authenticatedAt: 1 },
    ].map(userAgentState)
    assert.equal(new Set(states).size, 3)
    for (const state of states) assert.match(state, /^[A-Za-z0-9_-]{22}$/)
    assert.equal(userAgentState({ id: 'a', authenticatedAt: 1 }), states[0])
  })
})

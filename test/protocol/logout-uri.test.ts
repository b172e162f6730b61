import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { backChannelUriFault, frontChannelLogoutUri, frontChannelUriFault } from '../../src/protocol/logout-uri.ts'
import { aClient } from '../fixtures/client.ts'

const REDIRECTS = ['https://app.example/callback', 'com.example.app:/callback', 'https://app.example:8443/callback']

describe('where a client hears of a logout', () => {
  for (const [uri, fault] of [
    ['https://app.example/logout', undefined],
    ['https://app.example/logout?a=b', undefined],
    ['http://127.0.0.1:8080/logout', undefined],
    ['https://app.example/logout#', /fragment/],
    ['https://app.example/logout#top', /fragment/],
    ['http://app.example/logout', /plain http/],
    ['/logout', /web address/],
    ['javascript:alert(1)', /web address/],
  ] as const) {
    test(`[Back-Channel Logout 2.2] ${uri} ${fault ? 'is none' : 'may be one'}`, () => {
      if (fault) assert.match(backChannelUriFault(uri) ?? '', fault)
      else assert.equal(backChannelUriFault(uri), undefined)
    })
  }

  for (const [uri, fault] of [
    ['https://app.example/logout', undefined],
    ['https://app.example:443/logout', undefined],
    ['https://app.example:8443/logout?a=b', undefined],
    ['https://app.example/logout#top', /fragment/],
    ['https://www.app.example/logout', /another origin/],
    ['https://app.example:9443/logout', /another origin/],
    ['http://localhost/logout', /another origin/],
  ] as const) {
    test(`[Front-Channel Logout 2] ${uri} ${fault ? 'is no page of' : 'may be a page of'} an app at https://app.example`, () => {
      if (fault) assert.match(frontChannelUriFault(uri, REDIRECTS) ?? '', fault)
      else assert.equal(frontChannelUriFault(uri, REDIRECTS), undefined)
    })
  }

  test('[Front-Channel Logout 2] iss and sid: both where the client needs them, else neither', () => {
    const about = { issuer: 'https://login.example', sessionId: 's' }
    const uriOf = (isRequired: boolean) =>
      frontChannelLogoutUri(
        aClient({
          metadata: {
            frontchannel_logout_uri: 'https://app.example/out?a=b',
            frontchannel_logout_session_required: isRequired,
          },
        }),
        about,
      )
    assert.equal(uriOf(true), 'https://app.example/out?a=b&iss=https%3A%2F%2Flogin.example&sid=s')
    assert.equal(uriOf(false), 'https://app.example/out?a=b')
    assert.equal(frontChannelLogoutUri(aClient(), about), undefined)
  })
})

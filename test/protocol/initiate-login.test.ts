import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startOf } from '../../src/protocol/initiate-login.ts'
import { aClient } from '../fixtures/client.ts'

const ISS = 'iss=https%3A%2F%2Flogin.example'

describe('[OpenID Connect Core 4] where a person begins to use an app', () => {
  const LED: readonly [initiate: string | undefined, home: string | undefined, start: string | undefined][] = [
    ['https://app.example/login', 'https://app.example/', `https://app.example/login?${ISS}`],
    ['https://app.example/login', undefined, `https://app.example/login?${ISS}`],
    ['https://app.example/login?tenant=a%20b', undefined, `https://app.example/login?tenant=a%20b&${ISS}`],
    ['https://app.example/#/login', undefined, `https://app.example/?${ISS}#/login`],
    [undefined, 'https://app.example/', 'https://app.example/'],
    [undefined, undefined, undefined],
  ]
  for (const [initiate, home, start] of LED) {
    test(`${initiate ?? 'nothing'}, ${home ?? 'no home page'}: ${start ?? 'nowhere'}`, () => {
      const { initiate_login_uri: _, client_uri: __, ...rest } = aClient().metadata
      const metadata = { ...rest, ...(initiate && { initiate_login_uri: initiate }), ...(home && { client_uri: home }) }
      assert.equal(startOf({ ...aClient(), metadata }, 'https://login.example'), start)
    })
  }
})

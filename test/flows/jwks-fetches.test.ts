/** Who fetched the keys, over processes: one sees the fetch, another sees the client, and the command line tells who it was. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { countersignInstallation, freePort, type Installation, newClientSecret } from '../fixtures/countersign.ts'

describe('who fetched the keys', () => {
  const secret = newClientSecret()
  let countersign: Installation
  before(async () => {
    const client = {
      client_id: 'wiki',
      client_secret: secret,
      grant_types: ['client_credentials', 'authorization_code'],
    }
    countersign = await countersignInstallation({
      clients: [{ ...client, redirect_uris: ['https://wiki.example/callback'], scope: 'openid api' }],
    })
  })
  after(() => countersign?.remove())

  test('is written at the end, and told to be the client that came to another process from the same address', async () => {
    const [one, other] = [await countersign.start(), await countersign.start({ port: await freePort() })]
    const agent = { 'user-agent': 'wiki-library/1.0' }
    assert.equal((await fetch(`${one.origin}/jwks`, { headers: agent })).status, 200)
    const token = await fetch(`${other.origin}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`wiki:${secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'api' }),
    })
    assert.equal(token.status, 200, await token.text())
    assert.deepEqual([await one.stop(), await other.stop()], [0, 0])
    const { stdout } = await countersign.run(['keys', 'list'])
    assert.match(stdout, /^RS256: 1 of 1 app that fetches keys has seen the next one\.$/m)

    // The next key is another one now, which it has not fetched.
    const { status, stderr } = await countersign.run(['keys', 'rotate', 'RS256', '--now'])
    assert.deepEqual([status, stderr], [0, ''])
    const listed = (await countersign.run(['keys', 'list'])).stdout
    assert.match(
      listed,
      /^RS256: 0 of 1 .* Not yet:\n {2}wiki \(127\.0\.0\.1, wiki-library\/1\.0\), last fetch \d+s ago$/m,
    )
    const again = await countersign.run(['keys', 'rotate', 'RS256', '--now'])
    assert.match(again.stderr, /Until they fetch the keys again they refuse new tokens/)
  })
})

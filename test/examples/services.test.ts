/** The examples without pages: an API that checks access tokens, and a service that calls it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { cacheFolder, lastLine, run } from '../interop/program.ts'
import { EXAMPLES, type ExamplesWorld, examplesWorld } from './world.ts'

const GO = ['go', '/usr/local/go/bin/go'].find((place) => run(place, ['version']).isDone)

describe('the examples without pages', () => {
  let world: ExamplesWorld
  before(async () => {
    world = await examplesWorld()
    await world.start('api', [process.execPath, join(EXAMPLES, 'api/server.js')])
  })
  after(() => world?.close())

  const orders = (authorization?: string, method = 'GET') =>
    fetch(`${world.origins.api}/orders`, { method, headers: authorization === undefined ? {} : { authorization } })

  test('[RFC6750 3.1] api: who brings no token is told of none', async () => {
    const answer = await orders()
    assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [401, 'Bearer'])
  })

  test('[RFC9068 4] api: what was not issued here for it is refused', async () => {
    const unsigned = (claims: object) =>
      [{ alg: 'none', typ: 'at+jwt' }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')
    const forged = {
      iss: world.origins.issuer,
      aud: world.origins.api,
      sub: 'x',
      client_id: 'x',
      exp: 2 ** 40,
      scope: 'orders:read',
    }
    for (const token of ['x', 'a.b.c', `${unsigned(forged)}.`]) {
      const answer = await orders(`Bearer ${token}`)
      assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [401, 'Bearer error="invalid_token"'])
    }
  })

  async function ownToken(): Promise<string> {
    const { GO_SERVICE_SECRET: client_secret = '' } = world.secrets
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'go-service', client_secret })
    const answer = await fetch(`${world.origins.issuer}/token`, { method: 'POST', body })
    return ((await answer.json()) as { access_token: string }).access_token
  }

  test('[RFC6750 3.1] api: a good token opens what its scope says, and nothing else', async () => {
    const token = await ownToken()
    assert.equal((await orders(`Bearer ${token}`)).status, 200)
    const refused = await orders(`Bearer ${token}`, 'POST')
    assert.equal(refused.status, 403)
    assert.match(refused.headers.get('www-authenticate') ?? '', /error="insufficient_scope", scope="orders:write"/)
  })

  test('go-service: it gets a token by itself, for this API alone, and reads the orders', {
    skip: GO === undefined ? 'no Go on this machine' : false,
  }, async () => {
    const program = join(cacheFolder('go'), 'go-service')
    const built = run(GO ?? 'go', ['build', '-o', program, '.'], join(EXAMPLES, 'go-service'))
    assert.ok(built.isDone, lastLine(built.output))
    await world.start('goService', [program], { API: world.origins.api })
    const report = await fetch(`${world.origins.goService}/report`)
    assert.deepEqual([report.status, (await report.text()).trim()], [200, '3 orders'])
  })

  test('each package.json names the versions that are tested here', () => {
    const ours = JSON.parse(readFileSync(join(EXAMPLES, '../package.json'), 'utf8'))
    const tested = { ...ours.devDependencies, ...ours.dependencies }
    for (const folder of ['express-app', 'single-page-app', 'api']) {
      const { dependencies } = JSON.parse(readFileSync(join(EXAMPLES, folder, 'package.json'), 'utf8'))
      for (const [name, version] of Object.entries(dependencies))
        assert.equal(version, tested[name], `${folder}: ${name}`)
    }
  })
})

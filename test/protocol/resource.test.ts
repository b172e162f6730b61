/** Resource indicators: RFC 8707, and whom a token is for by RFC 9068 §3. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR, MINUTE } from '../../src/base/duration.ts'
import { apisByAudience } from '../../src/protocol/api.ts'
import { readParameters } from '../../src/protocol/parameters.ts'
import {
  grantableResources,
  longestAccessToken,
  ownTarget,
  parseResources,
  resourceTarget,
} from '../../src/protocol/resource.ts'
import { anApi, NO_APIS } from '../fixtures/api.ts'
import { aClient } from '../fixtures/client.ts'
import { assertRefused } from '../fixtures/refusals.ts'

const ISSUER = NO_APIS.issuer
const [ORDERS, STOCK, OLD, UNDECLARED] = ['https://orders.example', 'https://stock.example', 'old', 'nobody-knows']
const rules = {
  issuer: ISSUER,
  apis: apisByAudience([
    anApi({ accessTokenLifetime: 2 * MINUTE }),
    anApi({ audience: STOCK, scopes: ['stock:read'], accessTokenLifetime: HOUR }),
    anApi({ audience: OLD, scopes: ['old'], accessTokenType: 'JWT', accessTokenAlgorithm: 'RS256' }),
  ]),
}
const client = aClient({ accessTokenAudience: [ORDERS, STOCK, OLD, UNDECLARED] })
const scopes = ['openid', 'email', 'orders:read', 'stock:read', 'old', 'other']

const parse = (...resources: readonly string[]) =>
  parseResources(readParameters(resources.map((one) => `resource=${encodeURIComponent(one)}`).join('&')))
const target = (asked: readonly string[] | undefined, granted?: readonly string[], of = scopes) =>
  resourceTarget(asked, { client, scopes: of, granted }, rules)

describe('[RFC8707 2] the resource parameter', () => {
  test('may be left out, or come several times', () => {
    assert.equal(parse(), undefined)
    assert.equal(parse(''), undefined)
    assert.deepEqual(parse(ORDERS), [ORDERS])
    assert.deepEqual(parse(ORDERS, '', STOCK, ORDERS), [ORDERS, STOCK])
  })

  test('with a fragment is no target', () => {
    assertRefused(() => parse(`${ORDERS}/#x`), 'invalid_target', /fragment/)
    assertRefused(() => parse(ORDERS, `${STOCK}#`), 'invalid_target', /fragment/)
  })

  test('with what no URI has in it is no target', () => {
    for (const resource of ['https://a.example/a b', 'https://ä.example/'])
      assertRefused(() => parse(resource), 'invalid_target', /URI/)
  })
})

describe('[RFC8707 2.1] what a grant may be for', () => {
  const grantable = (resource: string, of = scopes) => {
    const parameters = readParameters(new URLSearchParams({ resource }).toString())
    return grantableResources(parameters, { client, scopes: of }, rules)
  }

  test('the audiences of the client’s entry, declared or not, and userinfo with openid', () => {
    for (const resource of [ORDERS, UNDECLARED, ISSUER]) assert.deepEqual(grantable(resource), [resource])
  })

  test('nothing else', () => {
    for (const resource of ['https://elsewhere.example', `${ORDERS}/`, ORDERS.toUpperCase()])
      assertRefused(() => grantable(resource), 'invalid_target')
    assertRefused(() => grantable(ISSUER, ['orders:read']), 'invalid_target')
  })
})

describe('[RFC8707 2.2] the token for what is asked for', () => {
  test('without any resource is the client’s own business', () => assert.equal(target(undefined), undefined))

  test('[RFC9068 3] is for that alone, with the scopes that it declares', () => {
    const own = { typ: 'at+jwt', algorithm: 'ES256' }
    assert.deepEqual(target([ORDERS]), {
      target: { audience: [ORDERS], scopes: ['orders:read'], ...own, lifetime: 2 * MINUTE },
    })
    assert.deepEqual(target([STOCK])?.target.lifetime, HOUR)
    assert.deepEqual(target([ISSUER])?.target.scopes, ['openid', 'email'])
    assert.deepEqual(target([UNDECLARED])?.target.scopes, ['other'])
    assert.deepEqual(target([ORDERS], undefined, ['openid'])?.target.scopes, [])
  })

  test('has the typ and the algorithm that its API wants', () => {
    const wanted = target([OLD])?.target
    assert.deepEqual([wanted?.typ, wanted?.algorithm, wanted?.lifetime], ['JWT', 'RS256', 5 * MINUTE])
  })

  test('of several follows the strictest', () => {
    assert.deepEqual(target([ORDERS, STOCK]), {
      target: {
        audience: [ORDERS, STOCK],
        scopes: ['orders:read', 'stock:read'],
        ...{ typ: 'at+jwt', algorithm: 'ES256', lifetime: 2 * MINUTE },
      },
    })
    assert.equal(target([STOCK, UNDECLARED])?.target.lifetime, 5 * MINUTE)
    assert.equal(target([STOCK, ISSUER])?.target.lifetime, 5 * MINUTE)
  })

  test('of several that contradict each other is refused', () => {
    assertRefused(() => target([ORDERS, OLD]), 'invalid_target', /one at a time/)
    assertRefused(() => target(undefined, [ORDERS, OLD], ['old']), 'invalid_target', /one at a time/)
  })

  test('narrows what was granted, and never widens it', () => {
    assert.deepEqual(target([ORDERS], [ORDERS, STOCK])?.target.audience, [ORDERS])
    assertRefused(() => target([STOCK], [ORDERS]), 'invalid_target')
    assertRefused(() => target([ORDERS, STOCK], [ORDERS]), 'invalid_target')
  })

  test('without a resource now is for all that was granted, and for userinfo with openid', () => {
    assert.deepEqual(target(undefined, [ORDERS]), {
      target: {
        audience: [ORDERS, ISSUER],
        scopes: ['openid', 'email', 'orders:read'],
        ...{ typ: 'at+jwt', algorithm: 'ES256', lifetime: 2 * MINUTE },
      },
    })
    assert.deepEqual(target(undefined, [ORDERS], ['orders:read'])?.target.audience, [ORDERS])
    assert.deepEqual(target(undefined, [ISSUER])?.target.audience, [ISSUER])
  })

  test('is not for what was taken from the client’s entry since', () => {
    const less = aClient({ accessTokenAudience: [STOCK] })
    const of = (granted: readonly string[]) =>
      resourceTarget(undefined, { client: less, scopes: ['x'], granted }, rules)
    assert.deepEqual(of([ORDERS, STOCK])?.target.audience, [STOCK])
    assertRefused(() => of([ORDERS]), 'invalid_target', /no longer/)
  })
})

describe('the token of a client that names no resource', () => {
  const own = (accessTokenAudience: readonly string[], of = ['openid']) =>
    ownTarget({ client: aClient({ accessTokenAudience }), scopes: of }, rules)

  test('is made as its entry says', () => {
    const form = { scopes: ['openid'], typ: 'at+jwt', algorithm: 'ES256', lifetime: 5 * MINUTE }
    assert.deepEqual(own([]), { audience: [ISSUER], ...form })
    assert.deepEqual(own([UNDECLARED]), { audience: [UNDECLARED, ISSUER], ...form })
  })

  test('and as its APIs want it, as long as they agree', () => {
    assert.deepEqual(own([OLD]), {
      audience: [OLD, ISSUER],
      scopes: ['openid'],
      typ: 'JWT',
      algorithm: 'RS256',
      lifetime: 5 * MINUTE,
    })
    assert.deepEqual(own([ORDERS, OLD], ['x']), {
      audience: [ORDERS, OLD],
      scopes: ['x'],
      // What they say of the lifetime holds even where they contradict each other in the rest.
      ...{ typ: 'at+jwt', algorithm: 'ES256', lifetime: 2 * MINUTE },
    })
  })
})

describe('what a client may have only by its name', () => {
  const stranger = aClient({ accessTokenAudience: [], namedAudience: [STOCK] })
  const of = (asked: readonly string[] | undefined, granted?: readonly string[]) =>
    resourceTarget(asked, { client: stranger, scopes, granted }, rules)?.target.audience

  test('is in no token that was not asked for it', () => {
    assert.deepEqual(ownTarget({ client: stranger, scopes }, rules).audience, [ISSUER])
    assert.deepEqual(of(undefined, [STOCK]), [STOCK, ISSUER])
    assert.deepEqual(of([STOCK], [STOCK]), [STOCK])
  })

  test('[RFC8707 2.2] and is named where the grant begins, not when its tokens are fetched', () => {
    const first = grantableResources(
      readParameters(new URLSearchParams({ resource: STOCK }).toString()),
      { client: stranger, scopes },
      rules,
    )
    assert.deepEqual(first, [STOCK])
    assertRefused(() => of([STOCK]), 'invalid_target')
    assert.deepEqual(of([ISSUER]), [ISSUER])
  })

  test('and nothing else is', () => {
    assertRefused(() => of([ORDERS]), 'invalid_target')
    assertRefused(() => of([STOCK], [ISSUER]), 'invalid_target')
    assert.equal(longestAccessToken(stranger, rules.apis), HOUR)
  })
})

test('the longest that a token may live is the longest of its APIs, or the client’s own', () => {
  assert.equal(longestAccessToken(client, rules.apis), HOUR)
  assert.equal(longestAccessToken(aClient({ accessTokenAudience: [ORDERS] }), rules.apis), 5 * MINUTE)
  assert.equal(longestAccessToken(aClient(), NO_APIS.apis), 5 * MINUTE)
})

/**
 * Request objects without a signature, which Basic and Dynamic ask for. Ours never count, and discovery says so: then the
 * suite skips these modules. What would come of them all the same is tested here.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { assertErrorPage } from '../../fixtures/test-pages.ts'
import { assertErrorFields, discovery } from '../checks.ts'
import { aRun } from '../run.ts'
import { newRun, type ServedSetting, type Setting } from '../setting.ts'

export const unsigned = (claims: object): string =>
  `${[{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`

/** What makes the suite skip them: no request objects at all, or a list of algorithms without none. */
export async function assertUnsignedIsNotOffered(
  app: FastifyInstance,
  parameter: 'request' | 'request_uri',
): Promise<void> {
  const document = await discovery(app)
  const algorithms = document['request_object_signing_alg_values_supported']
  if (document[`${parameter}_parameter_supported`] === false) return
  assert.ok(Array.isArray(algorithms) && algorithms.length > 0 && !algorithms.includes('none'))
}

/** The query has an unregistered redirect_uri, the object a good one: there is nowhere that the refusal could go. */
export function redirectUriOfObject(setting: Setting): void {
  test('[oidcc-ensure-request-object-with-redirect-uri] an unregistered redirect_uri beside an unsigned one: an error page', async () => {
    await assertUnsignedIsNotOffered(setting.started().app, 'request')
    const run = await newRun(setting)
    const inside = run.request()
    const outside = { ...inside, redirect_uri: `${inside['redirect_uri']}/2wuVbXzA0p`, request: unsigned(inside) }
    const journey = await run.authorize(outside)
    assert.equal(journey.arrival, undefined)
    assertErrorPage(setting.started(), journey.last)
  })
}

export function unsignedByReference(setting: Setting | ServedSetting, module: string): void {
  test(`[${module}] an unsigned one by reference is refused`, async () => {
    await assertUnsignedIsNotOffered(setting.started().app, 'request_uri')
    const path = `/test/a/countersign/requesturi/${'zX9'.repeat(32)}`
    const request_uri = `${'server' in setting ? setting.server().origin : 'https://suite.example'}${path}`
    const client = await setting.first({ request_uris: [request_uri] })
    const { mode, responseType } = setting
    const run = aRun(setting.started(), { mode, responseType, client })
    const request = run.request()
    if ('server' in setting) setting.server().publish(path, 'application/jwt', unsigned(request))
    const { state: _, nonce: __, ...outside } = request
    const journey = await run.authorize({ ...outside, request_uri })
    const fields = run.fieldsOf(journey)
    assertErrorFields(fields, undefined)
    assert.match(fields.get('error') ?? '', /^(request_uri_not_supported|invalid_request_uri|invalid_request_object)$/)
  })
}

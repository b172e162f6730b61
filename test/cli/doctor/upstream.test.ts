/** The doctor asks each provider who it is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkUpstream } from '../../../src/cli/doctor/upstream.ts'
import { EgressError } from '../../../src/egress/egress.ts'
import { aProvider } from '../../fixtures/upstream.ts'

const issuer = 'https://login.example'

const answering = (metadata: object) => ({
  get: () => assert.fail('nothing is got'),
  post: () => assert.fail('nothing is posted'),
  send: async () => ({
    status: 200,
    contentType: 'application/json',
    body: JSON.stringify(metadata),
    headers: { get: () => null },
  }),
})
const METADATA = { issuer: 'https://provider.example', authorization_endpoint: 'https://provider.example/authorize' }

test('a provider that answers, one that is somebody else, one that is away', async () => {
  const config = { issuer, upstream: [aProvider()] }
  const [good] = await checkUpstream(config, answering(METADATA))
  assert.match(JSON.stringify(good), /work answers, and sends people to provider.example/)
  const [other] = await checkUpstream(config, answering({ ...METADATA, issuer: 'https://provider.example/' }))
  assert.match(JSON.stringify(other), /expected: https:\/\/provider.example"|expected: https:\/\/provider.example/)
  assert.match(JSON.stringify(other), /can’t be used/)
  const away = { ...answering({}), send: () => Promise.reject(new EgressError('tls', 'provider.example: EXPIRED')) }
  const [lost] = await checkUpstream(config, away)
  assert.match(JSON.stringify(lost), /tls: provider.example: EXPIRED/)
  assert.match(JSON.stringify(await checkUpstream({ issuer, upstream: [] }, away)), /nobody signs in elsewhere/)
})

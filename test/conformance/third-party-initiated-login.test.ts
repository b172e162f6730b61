/** Third-Party-Initiated Login OP: one test for each module of `oidcc-3rdparty-init-login-certification-test-plan`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dynamicClients } from './dynamic-setting.ts'
import {
  assertRegistrationRefused,
  newKey,
  postRegistration,
  readRegistration,
  registrationRequest,
  unregister,
} from './registration.ts'

describe('Third-Party-Initiated Login OP', () => {
  const { started, register, base } = dynamicClients()

  test('[oidcc-3rd_party-init-login] initiate_login_uri comes back from registration and from the client’s own endpoint', async () => {
    const initiate_login_uri = `${base()}/initiate-login`
    const client = await register({ changes: { initiate_login_uri } })
    assert.equal(client.metadata['initiate_login_uri'], initiate_login_uri)
    assert.equal((await readRegistration(started(), client))['initiate_login_uri'], initiate_login_uri)
    await unregister(started(), client)
  })

  test('[oidcc-3rd_party-init-login-nohttps] over http it is invalid_client_metadata', async () => {
    const request = registrationRequest(`${base()}/callback`, {
      ...{ authentication: 'client_secret_basic', key: await newKey() },
    })
    const initiate_login_uri = `${base().replace('https:', 'http:')}/initiate-login`
    const response = await postRegistration(started(), { ...request, initiate_login_uri })
    assertRegistrationRefused(response, 'invalid_client_metadata')
  })
})

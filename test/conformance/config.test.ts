/** Config OP: the module of the plan `oidcc-config-certification-test-plan`, run with a client of the configuration. */
import { describe, test } from 'node:test'
import { assertProviderDocument } from './provider-document.ts'
import { staticClients } from './setting.ts'

describe('Config OP', () => {
  const { started } = staticClients()

  test('[oidcc-discovery-endpoint-verification] the document says what a provider must, and its keys are good', async () => {
    await assertProviderDocument(started().app)
  })
})

/** Traces of a running process: what it has not sent yet is sent at its end. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { countersignInstallation, type Installation } from '../fixtures/countersign.ts'
import { type OtlpReceiver, otlpReceiver } from '../fixtures/otlp-receiver.ts'

let countersign: Installation | undefined
let receiver: OtlpReceiver | undefined
after(async () => {
  await countersign?.remove()
  await receiver?.close()
})

test('each request of the last moment has arrived when the process has ended', async () => {
  receiver = await otlpReceiver()
  const headers = 'Authorization: Bearer of-the-collector\nX-Tenant: one'
  const tracing = { otlp_endpoint: receiver.endpoint, sample_one_in: 1, headers }
  countersign = await countersignInstallation({ clients: [], config: { tracing } })
  const running = await countersign.start()
  for (let i = 0; i < 3; i++) await (await fetch(`${running.origin}/jwks`)).arrayBuffer()
  assert.equal(await running.stop(), 0)
  assert.equal(receiver.spans.filter(({ name }) => name === 'GET /jwks').length, 3)
  assert.match(receiver.raw[0] ?? '', /"authorization":"Bearer of-the-collector".*"x-tenant":"one"/)
  assert.doesNotMatch(running.output(), /of-the-collector/)
})

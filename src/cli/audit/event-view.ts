/** An audit event as it is shown and exported. */
import { fieldsOf } from '../../audit/verify.ts'
import type { ChainedEvent } from '../../storage/storage.ts'

/** All that the hash is made of, the hash and the seal; `time` is `at` once more, for people. */
export const eventJson = (event: ChainedEvent) => ({
  ...{ v: 1, number: event.number, at: event.at, kind: event.kind, fields: fieldsOf(event) },
  ...{ previous: event.previousHash, hash: event.hash, seal: event.seal ?? null },
  time: new Date(event.at).toISOString(),
})

/** What a row of a table has a column for. */
export function eventColumns(event: ChainedEvent) {
  const { actor, address, requestId, accountId, clientId, flowId, userAgent, ...rest } = fieldsOf(event)
  const text = (value: unknown): string => (value === undefined ? '' : String(value))
  return {
    ...{ actor: text(actor), address: text(address), requestId: text(requestId), userAgent: text(userAgent) },
    ...{ accountId: text(accountId), clientId: text(clientId), flowId: text(flowId), rest },
  }
}

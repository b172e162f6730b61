/** What a page may show of a client. */
import type { Client } from '../protocol/client.ts'
import type { ClientView } from './view-models.ts'

export const clientView = ({ metadata }: Client): ClientView => ({
  name: metadata.client_name,
  uri: metadata.client_uri,
  policyUri: metadata.policy_uri,
  tosUri: metadata.tos_uri,
})

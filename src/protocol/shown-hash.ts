/** What people were told of a client that nobody has checked, so that a consent is to nothing else (docs/decisions/0014). */
import { sha256 } from '../base/hash.ts'
import type { Client, ClientMetadata } from './client.ts'

/** RFC 7591 §5: of its name and of where its answers may go; undefined for a client of the configuration. */
export const shownHash = ({ source, metadata }: Client): string | undefined =>
  source === 'configuration' ? undefined : sha256(JSON.stringify(shownOf(metadata)))

/** Names in other languages count as well: one of them is what was shown. Without them it is what it always was. */
const shownOf = ({ client_name: name, redirect_uris: uris, client_names: names }: ClientMetadata): unknown[] =>
  names === undefined ? [name, uris] : [name, uris, Object.entries(names).toSorted(([a], [b]) => (a < b ? -1 : 1))]

/** What people were told of a client that nobody has checked, so that a consent is to nothing else (docs/decisions/0014). */
import { sha256 } from '../base/hash.ts'
import type { Client } from './client.ts'

/** RFC 7591 §5: of its name and of where its answers may go; undefined for a client of the configuration. */
export const shownHash = ({ source, metadata }: Client): string | undefined =>
  source === 'configuration' ? undefined : sha256(JSON.stringify([metadata.client_name, metadata.redirect_uris]))

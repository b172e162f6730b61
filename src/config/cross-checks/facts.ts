/** What the rules look at. */
import type { Path } from '../fault.ts'
import type { FaultList } from '../fault-list.ts'
import type { ClientEntry, ConfigFile, Draft } from '../schema.ts'

export interface Facts {
  /** What could be read; a value that is missing here and should not be has been reported. */
  readonly file: Draft<ConfigFile>
  /** The text of each file that the configuration names, by the path of the key. */
  readonly texts: ReadonlyMap<string, string>
  readonly faults: FaultList
}

/** One entry of `clients`. */
export interface ClientFacts extends Facts {
  readonly client: Draft<ClientEntry>
  readonly index: number
}

/** The path of a key of this client. */
export const clientPath = ({ index }: ClientFacts, ...steps: Path): Path => ['clients', index, ...steps]

/** RFC 6749 §2.1: it has no secret. */
export const isPublic = (client: Draft<ClientEntry>): boolean => client.token_endpoint_auth_method === 'none'

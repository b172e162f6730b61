/** What each check means when it fails, and what to do: the compiler sees that none is left out. */
import type { Check } from '../../protocol/checks.ts'
import { ofClients } from './clients.ts'
import { ofPeople } from './people.ts'
import { ofRequests } from './requests.ts'
import { ofTokens } from './tokens.ts'
import { ofUpstream } from './upstream.ts'

export interface Explanation {
  /** What it means that this check failed. */
  readonly failed: string
  readonly todo: string
}

export type Explained = Readonly<Partial<Record<Check, Explanation>>>

export const EXPLANATIONS: Readonly<Record<Check, Explanation>> = {
  ...ofClients,
  ...ofRequests,
  ...ofPeople,
  ...ofTokens,
  ...ofUpstream,
}

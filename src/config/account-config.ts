/** What people may do with their own account, as the code uses it. */
import type { EDITABLE_CLAIMS } from './schema/account.ts'

export interface AccountConfig {
  /** Claims that they may change. */
  readonly editable: readonly EditableClaim[]
  /** Whether they may remove it. */
  readonly remove: boolean
}

export type EditableClaim = (typeof EDITABLE_CLAIMS)[number]

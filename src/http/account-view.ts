/** What a page may show of an account. */
import type { Account } from '../protocol/records.ts'

export const accountView = ({ username, claims }: Account): { username: string; name: string | undefined } => ({
  username,
  name: claims.name,
})

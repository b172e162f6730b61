/** A pairwise client's sector: the list at its address must have every redirection URI (OpenID Connect Registration §5). */
import type { Egress } from '../egress/egress.ts'
import type { ClientMetadata } from '../protocol/client.ts'
import { refusal } from '../protocol/client-metadata.ts'

/** Otherwise a client could join the sector of another one, and learn what `sub` people have there. */
export async function refuseForeignSector(
  egress: Pick<Egress, 'get'>,
  { sector_identifier_uri: uri, redirect_uris: wanted }: ClientMetadata,
): Promise<void> {
  if (uri === undefined) return
  const listed = await listAt(egress, uri)
  const index = wanted.findIndex((one) => !listed.includes(one))
  if (index >= 0) throw refusal('sector_identifier_uri', `does not list redirect_uris[${index}]`)
}

async function listAt(egress: Pick<Egress, 'get'>, uri: string): Promise<readonly unknown[]> {
  // What was wrong with the answer is nobody's business but ours: who registers could explore our network with it.
  const answer = await egress.get(uri, { accept: ['application/json'] }).catch(() => undefined)
  const list = answer && parsed(answer.body)
  if (!Array.isArray(list)) throw refusal('sector_identifier_uri', 'gives no JSON list of redirection URIs')
  return list
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

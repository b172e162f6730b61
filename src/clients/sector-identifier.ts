/** A pairwise client's sector: the list at its address must have every redirection URI (OpenID Connect Registration §5). */
import type { ClientMetadata } from '../protocol/client.ts'
import { refusal } from '../protocol/client-metadata.ts'
import type { Fetcher } from './fetcher.ts'

/** Otherwise a client could join the sector of another one, and learn what `sub` people have there. */
export async function refuseForeignSector(
  fetcher: Fetcher,
  { sector_identifier_uri: uri, redirect_uris: wanted }: ClientMetadata,
): Promise<void> {
  if (uri === undefined) return
  const listed = await listAt(fetcher, uri)
  const index = wanted.findIndex((one) => !listed.includes(one))
  if (index >= 0) throw refusal('sector_identifier_uri', `does not list redirect_uris[${index}]`)
}

async function listAt(fetcher: Fetcher, uri: string): Promise<readonly unknown[]> {
  // What was wrong with the answer is nobody's business but ours: who registers could explore our network with it.
  const answer = await fetcher.get(uri, { accept: ['application/json'] }).catch(() => undefined)
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

/** A pairwise client's sector: the list at its address must have every redirection URI (OpenID Connect Registration §5). */
import { type Egress, EgressError } from '../egress/egress.ts'
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
  // What was wrong with the answer is for our log alone: who registers could explore our network with it.
  const answer = await egress.get(uri, { accept: ['application/json'] }).catch((error: unknown) => {
    if (error instanceof EgressError) return { body: '', detail: error.summary }
    throw error
  })
  const list = parsed(answer.body)
  if (!Array.isArray(list)) {
    const detail = 'detail' in answer ? answer.detail : 'it is no list in JSON'
    throw refusal('sector_identifier_uri', 'gives no JSON list of redirection URIs', detail)
  }
  return list
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a page may show of a client, in the language of the page. */
import { type Client, isUnchecked } from '../protocol/client.ts'
import { nameIn } from '../protocol/client-name.ts'
import { isLoopbackHost } from '../protocol/redirect-uri.ts'
import type { Language } from '../words/language.ts'
import { type Message, message } from '../words/message.ts'
import type { ClientView } from './view-models.ts'

export const clientView = ({ id, brand, metadata }: Client, { tag }: Language): ClientView => ({
  name: nameIn(metadata, tag),
  brand: brand && id,
  uri: metadata.client_uri,
  policyUri: metadata.policy_uri,
  tosUri: metadata.tos_uri,
})

/**
 * The same where people decide whether to go on: with its logo, and, for a client that came by itself, with what can be
 * told of it for sure (RFC 7591 §5, RFC 9700 §4.11).
 * @param target where the answer goes
 */
export const askingClientView = (client: Client, target: string, language: Language): ClientView => ({
  ...clientView(client, language),
  logo: client.metadata.logo_uri,
  origin: isUnchecked(client) ? originOf(client, target) : undefined,
})

function originOf({ id, source }: Client, target: string): NonNullable<ClientView['origin']> {
  const isRegistered = source === 'registration'
  return { isRegistered, from: isRegistered ? undefined : URL.parse(id)?.host, to: placeOf(target) }
}

/** As a person can compare it: the host; of a native app the device that it runs on. */
function placeOf(target: string): string | Message {
  const url = URL.parse(target)
  if (url === null) return target
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  if (!isWeb) return message('client.scheme_on_this_device', { scheme: url.protocol.slice(0, -1) })
  return isLoopbackHost(url.hostname) ? message('client.on_this_device') : url.host
}

/** What the policy of the page must allow for it. */
export const imagesOf = (view: ClientView | undefined): { images: readonly string[] } => ({
  images: view?.logo === undefined ? [] : [view.logo],
})

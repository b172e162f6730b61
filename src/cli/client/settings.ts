/** `countersign client show ID --for APP`: the settings to paste into an app, and what its entry lacks for that. */
import type { Config } from '../../config/config.ts'
import type { Client } from '../../protocol/client.ts'
import { PATHS, urlOf } from '../../protocol/discovery.ts'
import type { App, Facts } from './apps/app.ts'

/** @param config whose issuer and name the settings have */
export function settingsFor(app: App, client: Client, config: Pick<Config, 'issuer' | 'name'>) {
  const facts = factsOf(app, client, config)
  return { text: app.settings(facts), advice: [...missing(app, client, facts), ...(app.advice?.(facts) ?? [])] }
}

/** Why the app can never sign people in at this client, and what to do; undefined: it can, perhaps with changes of the entry. */
export function whyNot(app: App, client: Client): string | undefined {
  const { grant_types: grantTypes, response_types: responseTypes } = client.metadata
  if (grantTypes.includes('authorization_code') && responseTypes.includes('code')) return undefined
  const says = grantTypes.includes('authorization_code')
    ? `response_types: [${responseTypes.join(', ')}]`
    : `grant_types: [${grantTypes.join(', ')}]`
  return `${app.title} signs people in by code, and that nobody can at ${client.id}: its entry says ${says}${whatItIs(client)}. Make a client of its own:\n  ${additionOf(app, client)}`
}

const whatItIs = ({ metadata: { grant_types: grantTypes } }: Client): string => {
  if (grantTypes.includes('client_credentials')) return ', so it is a service that acts for itself'
  return grantTypes.length === 0 ? ', so it is an API that checks the tokens of others' : ''
}

/** The command that makes a client which fits the app. */
function additionOf(app: App, client: Client): string {
  const uris = app.callback.kind === 'exact' ? app.callback.uris : [suggested(app, client)]
  const method = app.methods[0] ?? 'none'
  const how = method === 'none' ? ' --type native' : method === 'client_secret_basic' ? '' : ` --auth-method ${method}`
  return `countersign client add ${app.name}${how}${uris.map((uri) => ` --redirect-uri ${uri}`).join('')} --write`
}

function factsOf(app: App, client: Client, { issuer, name }: Pick<Config, 'issuer' | 'name'>): Facts {
  const { metadata } = client
  const redirectUri = fitting(app, client) ?? suggested(app, client)
  const callbackPath =
    app.callback.kind === 'path' ? (app.callback.pattern.exec(redirectUri)?.[0] ?? '') : pathOf(redirectUri)
  const of = (path: keyof typeof PATHS): string => urlOf(issuer, PATHS[path])
  return {
    issuer,
    discovery: of('openidConfiguration'),
    endpoints: {
      authorization: of('authorization'),
      token: of('token'),
      userinfo: of('userinfo'),
      jwks: of('jwks'),
      endSession: of('endSession'),
    },
    providerName: name,
    clientId: client.id,
    // What the app could not do is told by `missing`; it is asked for what it can.
    method: app.methods.find((method) => method === metadata.token_endpoint_auth_method) ?? app.methods[0] ?? 'none',
    isPublic: client.isPublic,
    scopes: metadata.scope.filter((one) => one !== 'offline_access' || metadata.grant_types.includes('refresh_token')),
    redirectUri,
    base: redirectUri.slice(0, redirectUri.length - callbackPath.length),
    callbackPath,
    postLogoutUri: metadata.post_logout_redirect_uris[0],
    idTokenAlgorithm: metadata.id_token_signed_response_alg,
    secretVariable: `${client.id
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, '_')
      .replace(/^(?=\d)/, '_')}_CLIENT_SECRET`,
  }
}

const pathOf = (uri: string): string => /^[a-z]+:\/\/[^/]+(\/.*)$/i.exec(uri)?.[1] ?? ''

const fits = ({ callback }: App, uri: string): boolean => {
  if (callback.kind === 'any') return /^https?:/i.test(uri)
  return callback.kind === 'path' ? callback.pattern.test(uri) : callback.uris.includes(uri)
}

const fitting = (app: App, { metadata }: Client): string | undefined =>
  metadata.redirect_uris.find((uri) => fits(app, uri))

/** Where the entry says that the app is, as far as it says. */
function suggested({ callback }: App, { metadata }: Client): string {
  if (callback.kind === 'exact') return callback.uris[0] ?? ''
  const place = [...metadata.redirect_uris, metadata.client_uri ?? ''].map((uri) => URL.parse(uri)?.origin)
  return `${place.find((origin) => origin?.startsWith('http')) ?? 'https://app.example.com'}${callback.example}`
}

/** Without these changes of the entry the app would not work, each with the line for it. */
function missing(app: App, client: Client, facts: Facts): readonly string[] {
  const { metadata } = client
  const { token_endpoint_auth_method: method, id_token_signed_response_alg: algorithm } = metadata
  const uris = app.callback.kind === 'exact' ? app.callback.uris : [facts.redirectUri]
  const lacking = uris.filter((uri) => !metadata.redirect_uris.includes(uri))
  const lines: readonly (string | false)[] = [
    lacking.length > 0 &&
      `Its sign-ins return to an address that the entry lacks. Add to its redirect_uris, with your host and path:\n${lacking.map((uri) => `      - ${uri}`).join('\n')}`,
    !app.methods.some((one) => one === method) &&
      `It cannot authenticate with ${method}. In the entry:\n    token_endpoint_auth_method: ${app.methods[0]}`,
    !metadata.scope.includes('openid') && 'It needs an ID token: add openid to the scope of the entry.',
    app.claimsAt === 'id_token' &&
      !client.hasClaimsInIdToken &&
      'It reads claims from the ID token alone. In the entry:\n    claims_in_id_token: true',
    !app.takesAnyAlgorithm &&
      algorithm !== 'RS256' &&
      `It takes RS256 alone with these settings, and the entry says ${algorithm}. Leave id_token_signed_response_alg out.`,
    app.returnsFromSignOut &&
      metadata.post_logout_redirect_uris.length === 0 &&
      'To return to the app after a sign-out, the entry needs post_logout_redirect_uris.',
    client.requiresPkce || client.isPublic
      ? false
      : 'The entry could do without require_pkce: false: these settings send PKCE.',
  ]
  return lines.filter((line) => typeof line === 'string')
}

/** The HTTP of a relying party: bytes to a visit, an answer to bytes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { App } from './apps.ts'
import { html } from './html.ts'
import { type Answer, fault, type RelyingParty, routes } from './relying-party.ts'

/** Listens on 127.0.0.1, at the app's port. */
export function listen(party: RelyingParty): Promise<Server> {
  const server = createServer(async (request, response) => {
    const answered = await answer(party, request).catch((error: unknown) => {
      console.error(`${party.app.name}: ${error instanceof Error ? error.message : String(error)}`)
      return fault(party, 502, 'Countersign could not be asked just now. Its log says more: demo/data/countersign.log')
    })
    write(party, response, answered)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(party.app.port, '127.0.0.1', () => resolve(server))
  })
}

async function answer(party: RelyingParty, request: IncomingMessage): Promise<Answer> {
  const url = URL.parse(request.url ?? '/', party.app.origin)
  const route = url && routes[`${request.method} ${url.pathname}`]
  if (!url || !route) return fault(party, 404, 'There is no such page.')
  // A form of another site has another Origin; SameSite=Lax keeps our cookie from it as well.
  const { origin } = request.headers
  if (request.method === 'POST' && origin !== undefined && origin !== party.app.origin)
    return fault(party, 403, 'This form came from another site.')
  request.resume()
  return route(party, { url, session: party.sessions.find(sessionIdIn(request, cookieName(party.app))) })
}

const cookieName = (app: App): string => `${app.id}_session`

const sessionIdIn = (request: IncomingMessage, name: string): string | undefined =>
  (request.headers.cookie ?? '')
    .split('; ')
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1)

function write({ app, issuer }: RelyingParty, response: ServerResponse, answered: Answer): void {
  response.setHeader('Cache-Control', 'no-store')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  // Not no-referrer: that makes the Origin of our own forms `null`.
  response.setHeader('Referrer-Policy', 'same-origin')
  response.setHeader(
    'Content-Security-Policy',
    // Signing in and out are forms that are answered by a redirect to the issuer.
    `default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self' ${issuer}; frame-ancestors 'none'; base-uri 'none'`,
  )
  if (answered.kind !== 'asset' && answered.session !== undefined)
    response.setHeader('Set-Cookie', `${cookieName(app)}=${answered.session.id}; Path=/; HttpOnly; SameSite=Lax`)
  switch (answered.kind) {
    case 'redirect':
      response.writeHead(303, { Location: String(answered.to) }).end()
      return
    case 'asset':
      response.writeHead(200, { 'Content-Type': `${answered.type}; charset=utf-8` }).end(answered.text)
      return
    case 'page':
      response
        .writeHead(answered.status, { 'Content-Type': 'text/html; charset=utf-8' })
        .end(html`<!doctype html>\n${answered.page}`.html)
  }
}

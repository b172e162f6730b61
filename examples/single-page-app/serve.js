// Any static server will do. This one also tells the app where Countersign and the API are.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const ISSUER = process.env.ISSUER ?? 'http://localhost:9500'
const API = process.env.API ?? 'http://localhost:9503'
const ORIGIN = process.env.ORIGIN ?? 'http://localhost:9502'
const library = join(createRequire(import.meta.url).resolve('oidc-client-ts'), '../../browser/oidc-client-ts.min.js')

const here = (name) => readFile(join(import.meta.dirname, name))
const pages = {
  '/': { type: 'text/html', read: () => here('index.html') },
  '/app.js': { type: 'text/javascript', read: () => here('app.js') },
  '/oidc-client-ts.js': { type: 'text/javascript', read: () => readFile(library) },
  '/settings.json': { type: 'application/json', read: async () => JSON.stringify({ issuer: ISSUER, api: API }) },
}

// A script that somebody slips in could use the tokens: so none may come from elsewhere, and nothing may be sent elsewhere.
const POLICY = `default-src 'self'; connect-src 'self' ${ISSUER} ${API}; img-src data:; frame-ancestors 'none'`

const server = createServer(async (request, response) => {
  const page = pages[new URL(request.url, ORIGIN).pathname]
  if (page === undefined) return response.writeHead(404).end()
  const headers = { 'content-type': page.type, 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer' }
  response.writeHead(200, headers).end(await page.read())
})
server.listen(Number(new URL(ORIGIN).port), '127.0.0.1', () => console.log(`single-page-app: ${ORIGIN}`))

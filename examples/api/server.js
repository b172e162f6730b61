// An API that checks access tokens by itself: it asks Countersign for its keys, and for nothing else.
import { createServer } from 'node:http'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

const ISSUER = process.env.ISSUER ?? 'http://localhost:9500'
const ORIGIN = process.env.ORIGIN ?? 'http://localhost:9503'
/** Pages that may call it from a browser. */
const PAGES = (process.env.PAGES ?? 'http://localhost:9502').split(' ')

// Kept, and asked for again when a key is not known: so keys rotate without anyone noticing.
const keys = createRemoteJWKSet(new URL(`${ISSUER}/jwks`))

/** RFC 9068 §4: who issued it, for whom, that it is an access token, and by which algorithm. Rejects otherwise. */
async function verified(token) {
  const { payload } = await jwtVerify(token, keys, {
    issuer: ISSUER,
    audience: ORIGIN,
    typ: 'at+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['exp', 'sub', 'client_id'],
  })
  return payload
}

const ORDERS = ['12 pencils', '1 desk', '3 lamps']

/** Each route names the scope that it wants. */
const routes = {
  'GET /orders': {
    scope: 'orders:read',
    answer: ({ sub, client_id }) => ({ orders: ORDERS, for: sub, by: client_id }),
  },
  'POST /orders': { scope: 'orders:write', answer: () => ({ placed: true }) },
}

async function answer(request) {
  const route = routes[`${request.method} ${new URL(request.url, ORIGIN).pathname}`]
  if (route === undefined) return { status: 404 }
  const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '') ?? []
  // RFC 6750 §3.1: without a token nothing is said of what was wrong with it.
  if (token === undefined) return { status: 401, challenge: 'Bearer' }
  try {
    const claims = await verified(token)
    if (
      !String(claims.scope ?? '')
        .split(' ')
        .includes(route.scope)
    )
      return { status: 403, challenge: `Bearer error="insufficient_scope", scope="${route.scope}"` }
    return { status: 200, body: route.answer(claims) }
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    return { status: 401, challenge: 'Bearer error="invalid_token"' }
  }
}

/** A browser asks first whether a page of another origin may send the token. */
function allow(request, response) {
  if (!PAGES.includes(request.headers.origin)) return
  response.setHeader('access-control-allow-origin', request.headers.origin)
  response.setHeader('access-control-allow-headers', 'authorization')
  response.setHeader('vary', 'origin')
}

const server = createServer(async (request, response) => {
  allow(request, response)
  if (request.method === 'OPTIONS') return response.writeHead(204).end()
  const { status, challenge, body } = await answer(request).catch((error) => {
    console.error(error)
    return { status: 503 }
  })
  if (challenge !== undefined) response.setHeader('www-authenticate', challenge)
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}))
})
server.listen(Number(new URL(ORIGIN).port), '127.0.0.1', () => console.log(`orders-api: ${ORIGIN}`))

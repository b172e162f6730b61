/** Headers that every answer carries, computed once; pages replace the policy with one that lets their script in, and `render` adds their style. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { INLINE_HASHES } from './views.ts'

export function setSecurityHeaders(app: FastifyInstance, issuer: string): void {
  const headers: Record<string, string> = {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    // Not no-referrer: with it a browser sends `Origin: null` with our own forms.
    'referrer-policy': 'same-origin',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
  }
  // ASVS 3.4.1. Only where the issuer is https: a browser ignores it on http, and localhost must stay usable.
  if (issuer.startsWith('https:')) headers['strict-transport-security'] = 'max-age=31536000'
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
}

/** @param script the address of one that is no part of the page */
const pagePolicy = (script = ''): string =>
  [
    "default-src 'none'",
    `script-src ${INLINE_HASHES.pageScript} ${INLINE_HASHES.secretScript} ${INLINE_HASHES.formPostScript} ${INLINE_HASHES.signingOutScript}${script === '' ? '' : ` ${script}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const PAGE_POLICY = pagePolicy()

/** A page for admins: no script, no image but the icon, and its forms stay here. */
export function allowAdminPage(reply: FastifyReply): void {
  reply.header(
    'content-security-policy',
    "default-src 'none'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  )
}

/** A page that shows nothing, and that the pages of clients frame, over http only where we are on it ourselves. */
export function allowFramedPage(reply: FastifyReply, issuer: string): void {
  const ancestors = issuer.startsWith('https:') ? 'https:' : 'https: http:'
  reply.removeHeader('x-frame-options')
  reply.header(
    'content-security-policy',
    `default-src 'none'; script-src ${INLINE_HASHES.checkSessionScript}; base-uri 'none'; form-action 'none'; frame-ancestors ${ancestors}`,
  )
}

/**
 * The policy of a page.
 * @param goesTo where its forms lead in the end. Browsers hold form-action against the redirects that follow a post, also
 *   those that the client makes then; so any https is allowed, and another scheme only when this request leads there
 *   (docs/decisions/0006).
 * @param alsoTo another address where they may lead
 * @param images addresses of those that it shows
 * @param script the address of a script of ours
 * @param frames the origins of others whose pages it shows
 */
export function allowPage(
  reply: FastifyReply,
  goesTo?: string,
  {
    frames = [],
    images = [],
    script,
    alsoTo,
  }: {
    frames?: readonly string[]
    images?: readonly string[]
    script?: string | undefined
    alsoTo?: string | undefined
  } = {},
): void {
  const schemes = [goesTo, alsoTo].map((uri) => /^[a-z][a-z0-9+.-]*:/i.exec(uri ?? '')?.[0].toLowerCase())
  const others = schemes.filter((scheme) => scheme !== undefined && scheme !== 'https:')
  const extra = [...new Set(others)].map((scheme) => ` ${scheme}`).join('')
  const framed = frames.length === 0 ? '' : `; frame-src ${[...new Set(frames)].join(' ')}`
  const policy = `${script === undefined ? PAGE_POLICY : pagePolicy(script)}; ${imageSources(images)}${framed}; form-action 'self' https:${extra}`
  reply.header('content-security-policy', policy)
}

/** The icon is data. */
function imageSources(images: readonly string[]): string {
  const origins = images.map((image) => URL.parse(image)?.origin ?? '')
  // What a host may not have in it could end the list here.
  return ['img-src data:', ...origins.filter((origin) => /^https?:\/\/[\w.:[\]-]+$/.test(origin))].join(' ')
}

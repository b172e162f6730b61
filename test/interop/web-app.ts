/**
 * An app in any language as a relying party: `/login` and `/logout` redirect to Countersign, `/callback` ends the sign-in,
 * and `/claims`, `/userinfo` and `/refresh` tell as JSON what the library told the app.
 */
import assert from 'node:assert/strict'
import type { HttpBrowser, Page } from '../fixtures/http-browser.ts'
import type { Claims, RelyingParty } from './relying-party.ts'

interface WebApp {
  readonly version: string
  readonly origin: string
  readonly browser: HttpBrowser
  readonly log?: () => string
  readonly close: () => Promise<void>
}

export function webApp({ version, origin, browser, ...rest }: WebApp): RelyingParty {
  const read = async (path: string): Promise<Claims> => claimsOf(await browser.open(`${origin}${path}`))
  const leave = async (path: string): Promise<URL> => leadsTo(await browser.get(`${origin}${path}`))
  return {
    version,
    begin: () => leave('/login'),
    async finish(response) {
      const { url, status, body } = await browser.open(response)
      assert.ok(status < 400, `${url.pathname} answered ${status}: ${body.slice(0, 500)}`)
      return read('/claims')
    },
    userinfo: () => read('/userinfo'),
    async refresh() {
      const { before, after, sub } = await read('/refresh')
      return {
        accessTokenBefore: String(before),
        accessToken: String(after),
        ...(typeof sub === 'string' && { sub }),
      }
    },
    signOut: () => leave('/logout'),
    ...rest,
  }
}

/** The JSON of a page. */
export function claimsOf({ url, status, body }: Page): Claims {
  assert.equal(status, 200, `${url.pathname} answered ${status}: ${body.slice(0, 500)}`)
  return JSON.parse(body)
}

export function leadsTo({ url, status, headers, body }: Page): URL {
  const location = headers.get('location')
  assert.ok(location, `${url.pathname} leads nowhere but is ${status}: ${body.slice(0, 500)}`)
  return new URL(location, url)
}

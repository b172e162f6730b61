/** For a real browser: Countersign and the pages of the client, each on its own site, over TLS. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { BrowserContext } from 'playwright-core'
import { certificateAuthority } from '../fixtures/certificates.ts'
import { startChromiumProfile } from '../fixtures/chromium.ts'
import { ISSUER } from '../fixtures/test-app.ts'
import { SUITE } from './site.ts'

export interface BrowserSite {
  /** Finds both, and believes their certificate. */
  readonly browser: BrowserContext
  close(): Promise<void>
}

const OURS = new URL(ISSUER).hostname
const THEIRS = new URL(SUITE).hostname

/** Close it in `after`. Rejects when there is no Chromium. */
export async function openSite(app: FastifyInstance): Promise<BrowserSite> {
  const { certificate, key, spki } = certificateAuthority().issue(OURS, THEIRS)
  const server = createServer({ cert: certificate, key }, (request, response) => {
    if (request.headers.host === OURS) app.routing(request, response)
    else pageOfClient(request, response)
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const here = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const profile = await startChromiumProfile({ hostMap: { [OURS]: here, [THEIRS]: here }, trustedSpki: [spki] })
  if (profile === undefined) throw new Error('there is no Chromium')
  return {
    browser: profile.context,
    async close() {
      await profile.close()
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** A page with two frames: the provider's, and one of the client's own that asks it. */
const framing = (search: string): string =>
  `<!doctype html><title></title><iframe id="op" src="${ISSUER}/check-session"></iframe>` +
  `<iframe src="${SUITE}/rp_session_iframe${search.replaceAll('&', '&amp;')}"></iframe>`

/** It asks once, half a second after it is there, as the suite's does; what comes back is the title of the page. */
const ASKING = `<!doctype html><script>
  const message = new URLSearchParams(location.search).get('message')
  addEventListener('message', ({ origin, data }) => { if (origin === '${ISSUER}') parent.document.title = data })
  setTimeout(() => parent.document.getElementById('op').contentWindow.postMessage(message, '*'), 500)
</script>`

function pageOfClient({ url = '' }: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(url, SUITE)
  const pages: Readonly<Record<string, string>> = { session_verify: framing(search), rp_session_iframe: ASKING }
  const body = pages[pathname.split('/').at(-1) ?? ''] ?? '<!doctype html><title>client</title>'
  response.writeHead(200, { 'content-type': 'text/html' }).end(body)
}

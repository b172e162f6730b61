/** As `fetch`, but the request is a browser's own: by a link, an address that was typed in, or a form. */
import { request } from 'node:http'

const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-user': '?1' }

export function navigate(url: URL, { method, headers, body }: RequestInit): Promise<Response> {
  return new Promise((resolve, reject) => {
    const form = body instanceof URLSearchParams ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
    const sent = { ...Object.fromEntries(new Headers(headers)), ...form, ...NAVIGATION }
    const outgoing = request(url, { ...(method !== undefined && { method }), headers: sent })
    outgoing.once('error', reject)
    outgoing.once('response', async (incoming) => {
      const received = new Headers()
      const { rawHeaders, statusCode = 500 } = incoming
      for (let at = 0; at < rawHeaders.length; at += 2) {
        received.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
      }
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString()
      resolve(new Response(text === '' ? null : text, { status: statusCode, headers: received }))
    })
    outgoing.end(body === undefined || body === null ? undefined : String(body))
  })
}

/** Over real ports: what is asked, and what becomes of answers. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { after, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { createEgress, type EgressError, egressPolicy } from '../../src/egress/egress.ts'
import type { Resolve } from '../../src/egress/resolve.ts'
import { certificateAuthority } from '../fixtures/certificates.ts'

const authority = certificateAuthority()
const ours = authority.issue('client.example')
const JSON_ONLY = { accept: ['application/json'] }
const closing: (() => void)[] = []
after(() => {
  for (const close of closing) close()
})

async function listen(server: Server, { host = '127.0.0.1', port = 0 } = {}): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  closing.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

const serve = (listener: RequestListener, { certificate, key } = ours): Promise<number> =>
  listen(createTlsServer({ cert: certificate, key }, listener))

const json =
  (body = '{}', headers = {}) =>
  (_request: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body)

interface Given {
  readonly allowedHosts?: readonly string[]
  readonly timeout?: number
  readonly resolve?: Resolve
  readonly concurrency?: number
  readonly issuer?: string
}

/** What the tests' servers are reached by: their names resolve to loopback, which the range allows. */
function egress({
  allowedHosts = ['127.0.0.1/32'],
  timeout = 5000,
  issuer = 'https://login.example',
  ...more
}: Given = {}) {
  const policy = egressPolicy({ issuer, egress: { allowedHosts, timeout } })
  return createEgress({ policy, resolve: async () => ['127.0.0.1'], ca: [authority.certificate], ...more })
}

const rejectsWith = (promise: Promise<unknown>, reason: EgressError['reason']): Promise<void> =>
  assert.rejects(promise, (error: EgressError) => {
    assert.equal(error.reason, reason, error.message)
    // Its path and query may hold secrets.
    assert.doesNotMatch(error.message, /secret/)
    return true
  })

describe('get', () => {
  test('gives the body and the headers, and says who asks for what', async () => {
    let asked: IncomingMessage | undefined
    let servername: unknown
    const port = await serve((request, response) => {
      asked = request
      servername = (request.socket as TLSSocket).servername
      json('{"keys":[]}', { 'cache-control': 'max-age=60' })(request, response)
    })
    const { body, headers } = await egress().get(`https://client.example:${port}/jwks?a=b`, {
      accept: ['application/jwk-set+json', 'application/json'],
    })
    assert.equal(body, '{"keys":[]}')
    assert.equal(headers.get('Cache-Control'), 'max-age=60')
    assert.equal(headers.get('x-other'), null)
    assert.equal(asked?.url, '/jwks?a=b')
    assert.equal(servername, 'client.example')
    assert.deepEqual(asked?.headers, {
      accept: 'application/jwk-set+json, application/json',
      'accept-encoding': 'identity',
      connection: 'close',
      host: `client.example:${port}`,
      'user-agent': 'Countersign',
    })
  })

  for (const status of [301, 302, 303, 304, 307, 308]) {
    test(`[RFC9110 15.4] ${status} is not followed`, async () => {
      let requests = 0
      const port = await serve((_request, response) => {
        requests++
        response.writeHead(status, { location: '/elsewhere' }).end()
      })
      await rejectsWith(egress().get(`https://client.example:${port}/secret`, JSON_ONLY), 'redirect')
      await rejectsWith(egress().post(`https://client.example:${port}/`, { contentType: 'a/b', body: '' }), 'redirect')
      assert.equal(requests, 2)
    })
  }

  for (const status of [201, 204, 206, 400, 404, 500]) {
    test(`status ${status} gives nothing`, async () => {
      const port = await serve((_request, response) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end()
      })
      await rejectsWith(egress().get(`https://client.example:${port}/`, JSON_ONLY), 'status')
    })
  }

  for (const type of ['text/html', 'application/jsonp', '', 'text/html; a=application/json']) {
    test(`[RFC9110 8.3] the content type ${JSON.stringify(type)} is refused`, async () => {
      const port = await serve((_request, response) => {
        response.writeHead(200, type === '' ? {} : { 'content-type': type }).end('{}')
      })
      await rejectsWith(egress().get(`https://client.example:${port}/`, JSON_ONLY), 'content_type')
    })
  }

  test('[RFC9110 8.3.1] parameters and case of the content type do not matter', async () => {
    const port = await serve(json('{}', { 'content-type': 'Application/JSON; charset=utf-8' }))
    assert.equal((await egress().get(`https://client.example:${port}/`, JSON_ONLY)).body, '{}')
  })

  for (const coding of ['gzip', 'br', 'deflate', 'identity, gzip']) {
    test(`[RFC9110 8.4] the content encoding ${coding} is refused`, async () => {
      const port = await serve(json('{}', { 'content-encoding': coding }))
      await rejectsWith(egress().get(`https://client.example:${port}/`, JSON_ONLY), 'content_type')
    })
  }

  test('64 KiB are enough, and one byte more is too large', async () => {
    const port = await serve((request, response) => json('x'.repeat(Number(request.url?.slice(1))))(request, response))
    const { body } = await egress().get(`https://client.example:${port}/65536`, JSON_ONLY)
    assert.equal(body.length, 65_536)
    await rejectsWith(egress().get(`https://client.example:${port}/65537`, JSON_ONLY), 'too_large')
    const less = { ...JSON_ONLY, maxBytes: 10 }
    await rejectsWith(egress().get(`https://client.example:${port}/11`, less), 'too_large')
  })

  test('a body without an announced length is counted as it comes, and not read to its end', async () => {
    let sent = 0
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const write = (): void => {
        while (!response.destroyed && sent < 50_000_000) {
          sent += 16_384
          if (!response.write('x'.repeat(16_384))) return void response.once('drain', write)
        }
        response.end()
      }
      write()
    })
    await rejectsWith(egress().get(`https://client.example:${port}/`, JSON_ONLY), 'too_large')
    assert.ok(sent < 50_000_000, `${sent} bytes were taken`)
  })

  test('large headers are too large', async () => {
    const port = await serve(json('{}', { 'x-large': 'x'.repeat(20_000) }))
    await rejectsWith(egress().get(`https://client.example:${port}/`, JSON_ONLY), 'too_large')
  })
})

describe('post', () => {
  test('sends the body, and resolves with whatever status', async () => {
    let got: unknown
    const port = await serve(async (request, response) => {
      const chunks = await request.toArray()
      got = { method: request.method, headers: request.headers, body: Buffer.concat(chunks).toString() }
      response.writeHead(418).end('short and stout')
    })
    const posting = { contentType: 'application/x-www-form-urlencoded', body: 'a=ü', headers: { 'x-hook': '1' } }
    assert.deepEqual(await egress().post(`https://client.example:${port}/`, posting), { status: 418 })
    const headers = {
      'accept-encoding': 'identity',
      connection: 'close',
      'content-length': '4',
      'content-type': 'application/x-www-form-urlencoded',
      host: `client.example:${port}`,
      'user-agent': 'Countersign',
      'x-hook': '1',
    }
    assert.deepEqual(got, { method: 'POST', headers, body: 'a=ü' })
  })

  test('a huge answer does not matter, its status does', async () => {
    const port = await serve((_request, response) => void response.writeHead(200).end('x'.repeat(1_000_000)))
    const posting = { contentType: 'application/json', body: '{}' }
    assert.deepEqual(await egress().post(`https://client.example:${port}/`, posting), { status: 200 })
  })
})

describe('the time limit covers', () => {
  const soon = { timeout: 150 }
  const SLOW = 20_000

  test('the look-up of the name', async () => {
    const resolve: Resolve = () => new Promise(() => {})
    await rejectsWith(egress({ ...soon, resolve }).get('https://client.example/secret', JSON_ONLY), 'timeout')
  })

  test('TLS', async () => {
    const port = await listen(createTcpServer(() => {}))
    await rejectsWith(egress(soon).get(`https://client.example:${port}/`, JSON_ONLY), 'timeout')
  })

  test('the wait for headers', async () => {
    const port = await serve(() => {})
    await rejectsWith(egress(soon).get(`https://client.example:${port}/`, JSON_ONLY), 'timeout')
  })

  test('headers that trickle', async () => {
    const port = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => {})
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx: ')
        const timer = setInterval(() => socket.write('x'), 20)
        socket.once('close', () => clearInterval(timer))
      }),
    )
    const named = egress({ ...soon, allowedHosts: ['client.example'] })
    await rejectsWith(named.get(`http://client.example:${port}/`, JSON_ONLY), 'timeout')
  })

  test('a body that trickles', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '), 20)
      response.once('close', () => clearInterval(timer))
    })
    await rejectsWith(egress(soon).get(`https://client.example:${port}/`, JSON_ONLY), 'timeout')
  })

  test('the wait for a turn', async () => {
    const port = await serve(
      (_request, response) => void delay(SLOW, undefined, { ref: false }).then(() => response.end()),
    )
    const one = egress({ timeout: 400, concurrency: 1 })
    const url = `https://client.example:${port}/`
    const first = rejectsWith(one.get(url, JSON_ONLY), 'timeout')
    await delay(50)
    const second = rejectsWith(one.get(url, JSON_ONLY), 'timeout')
    await Promise.all([first, second])
  })
})

test('no more requests at once than were agreed on', async () => {
  let [now, most] = [0, 0]
  const port = await serve(async (request, response) => {
    now++
    most = Math.max(most, now)
    await delay(20)
    now--
    json()(request, response)
  })
  const some = egress({ concurrency: 3 })
  await Promise.all(Array.from({ length: 10 }, () => some.get(`https://client.example:${port}/`, JSON_ONLY)))
  assert.equal(most, 3)
})

test('a silent host takes four places, and holds up nobody else', async () => {
  const held: (() => void)[] = []
  let isCrowded = (): void => {}
  const crowd = new Promise<void>((resolve) => {
    isCrowded = resolve
  })
  let isSilent = true
  const silent = await serve((request, response) => {
    if (!isSilent) return json()(request, response)
    held.push(() => json()(request, response))
    if (held.length === 4) isCrowded()
  })
  const lively = await serve(json(), authority.issue('other.example'))
  const five = egress({ concurrency: 5 })
  const crowded = Array.from({ length: 8 }, () => five.get(`https://client.example:${silent}/`, JSON_ONLY))
  await crowd
  assert.equal((await five.get(`https://other.example:${lively}/`, JSON_ONLY)).body, '{}')
  assert.equal(held.length, 4)
  isSilent = false
  for (const answer of held) answer()
  await Promise.all(crowded)
})

describe('[RFC9525 6] the certificate', () => {
  test('of an unknown authority is refused', async () => {
    let requests = 0
    const port = await serve(() => void requests++, certificateAuthority().issue('client.example'))
    await rejectsWith(egress().get(`https://client.example:${port}/secret`, JSON_ONLY), 'tls')
    assert.equal(requests, 0)
  })

  test('of another host is refused, although the address is the same', async () => {
    const port = await serve(json())
    await rejectsWith(egress().get(`https://other.example:${port}/`, JSON_ONLY), 'tls')
  })

  test('is checked even where Node was told not to', async (t) => {
    const port = await serve(json(), certificateAuthority().issue('client.example'))
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    t.after(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'])
    await rejectsWith(egress().get(`https://client.example:${port}/`, JSON_ONLY), 'tls')
  })

  test('there is none on a port that does not speak TLS', async () => {
    const port = await listen(createServer(json()))
    await rejectsWith(egress().get(`https://client.example:${port}/`, JSON_ONLY), 'tls')
  })
})

describe('[RFC6890] addresses', () => {
  test('a name that was judged by one address is asked at that address, whatever it resolves to next', async () => {
    const reached: string[] = []
    const { certificate: cert, key } = ours
    const server = (name: string) =>
      createTlsServer({ cert, key }, (request, response) => {
        reached.push(name)
        json()(request, response)
      })
    const port = await listen(server('judged'))
    await listen(server('rebound'), { host: '127.0.0.2', port })
    let looks = 0
    const resolve: Resolve = async () => [looks++ === 0 ? '127.0.0.1' : '127.0.0.2']
    const rebinding = egress({ resolve })
    await rebinding.get(`https://client.example:${port}/`, JSON_ONLY)
    assert.deepEqual([reached, looks], [['judged'], 1])
    await rejectsWith(rebinding.get(`https://client.example:${port}/`, JSON_ONLY), 'refused_address')
    assert.deepEqual([reached, looks], [['judged'], 2])
  })

  test('a private one is refused before anything is sent', async () => {
    let connections = 0
    const port = await listen(createTcpServer(() => void connections++))
    const strict = egress({ allowedHosts: [] })
    for (const host of ['client.example', '127.0.0.1', '[::ffff:127.0.0.1]', '2130706433', 'localhost']) {
      await rejectsWith(strict.get(`https://${host}:${port}/`, JSON_ONLY), 'refused_address')
      await rejectsWith(strict.post(`https://${host}:${port}/`, { contentType: 'a/b', body: '' }), 'refused_address')
    }
    assert.equal(connections, 0)
  })

  test('the second one is tried when nobody answers at the first', async () => {
    const port = await serve(json())
    const resolve: Resolve = async () => ['127.0.0.9', '127.0.0.1']
    const { body } = await egress({ allowedHosts: ['127.0.0.0/8'], resolve }).get(
      `https://client.example:${port}/`,
      JSON_ONLY,
    )
    assert.equal(body, '{}')
  })

  test('a name without any is unresolvable', async () => {
    await rejectsWith(egress({ resolve: async () => [] }).get('https://client.example/', JSON_ONLY), 'unresolvable')
    const resolve: Resolve = () => Promise.reject(new Error('ENOTFOUND secret'))
    await rejectsWith(egress({ resolve }).get('https://client.example/', JSON_ONLY), 'unresolvable')
  })

  test('only hosts that the operator named are looked up by this machine’s own names', async () => {
    const trusted: boolean[] = []
    const resolve: Resolve = async (_host, { isTrusted }) => {
      trusted.push(isTrusted)
      return ['127.0.0.1']
    }
    const port = await serve(json())
    const url = `https://client.example:${port}/`
    await egress({ resolve }).get(url, JSON_ONLY)
    await egress({ resolve, allowedHosts: ['client.example'] }).get(url, JSON_ONLY)
    assert.deepEqual(trusted, [false, true])
  })

  test('[RFC6761 6.3] in development names below localhost are this machine, and nobody is asked for that', async () => {
    const port = await listen(createServer(json()))
    const resolve: Resolve = () => Promise.reject(new Error('nobody'))
    const development = egress({ issuer: 'http://localhost:8080', allowedHosts: [], resolve })
    const { body } = await development.get(`http://wiki.localhost:${port}/`, JSON_ONLY)
    assert.equal(body, '{}')
  })
})

test('a server that hangs up is a connection fault', async () => {
  const port = await listen(createTcpServer((socket) => socket.destroy()))
  await rejectsWith(
    egress({ allowedHosts: ['client.example'] }).get(`http://client.example:${port}/secret`, JSON_ONLY),
    'connection',
  )
  const cut = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 }).write('{')
    setTimeout(() => response.destroy(), 20)
  })
  await rejectsWith(egress().get(`https://client.example:${cut}/secret`, JSON_ONLY), 'connection')
})

/** Bytes that only a real socket can send: garbage, hostile targets and hosts, half a request. The server answers or hangs up, and lives on. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { draining } from '../../src/http/drain.ts'
import { openFront } from '../../src/http/front.ts'
import { answerUnparseable } from '../../src/http/unparseable.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { authorizeQuery } from '../fixtures/test-browser.ts'

describe('a real socket', () => {
  const started = suiteApp()
  let port = 0
  before(async () => {
    const { app, deps } = started()
    await app.ready()
    const front = openFront({ tls: undefined, log: app.log, random: deps.random })
    front.put(app)
    port = Number(new URL(await front.listen({ host: '127.0.0.1', port: 0 })).port)
    end = () => draining(front.servers).close(0)
  })
  let end = async (): Promise<void> => {}
  after(() => end())

  /** What comes back until the server or `patience` ends the connection. */
  function exchange(bytes: string | Buffer, patience = 2000): Promise<string> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
      const timer = setTimeout(() => socket.destroy(), patience)
      socket.on('data', (chunk) => chunks.push(chunk))
      socket.on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ECONNRESET' || error.code === 'EPIPE' ? undefined : reject(error),
      )
      socket.on('close', () => {
        clearTimeout(timer)
        resolve(Buffer.concat(chunks).toString('latin1'))
      })
    })
  }
  const get = (target: string, headers = 'Host: login.example') =>
    exchange(`GET ${target} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`)
  const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0)
  const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)

  async function assertAlive(): Promise<void> {
    assert.equal(statusOf(await get('/livez')), 200)
    assert.deepEqual(
      started().logged.filter((line) => Number(line['level']) >= 50),
      [],
    )
  }

  const garbage: Record<string, string | Buffer> = {
    'no HTTP at all': 'hello\r\n\r\n',
    'a TLS hello': Buffer.from('16030100f8010000f40303', 'hex'),
    'bytes at random': Buffer.from(Array.from({ length: 512 }, (_, n) => (n * 73) % 256)),
    'HTTP/2 without asking': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'an unknown version': 'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
    'a method that is none': 'GE T / HTTP/1.1\r\nHost: x\r\n\r\n',
    'a space in the target': 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n',
    'a control character in the target': 'GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n',
    'a header without a name': 'GET / HTTP/1.1\r\n: x\r\nHost: x\r\n\r\n',
    'a header with a NUL': 'GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n',
    'a folded header': 'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n',
    'two lengths [RFC9112 6.3]': 'POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na',
    'a length and chunks [RFC9112 6.1]':
      'POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'a length that is no number': 'POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n',
    'a chunk that is none': 'POST /token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'no Host [RFC9112 3.2]': 'GET / HTTP/1.1\r\n\r\n',
  }
  for (const [title, bytes] of Object.entries(garbage)) {
    test(`${title}: a clear 4xx and the end of the connection`, async () => {
      const answer = await exchange(bytes)
      const status = statusOf(answer)
      assert.ok(status >= 400 && status < 500, JSON.stringify(answer.slice(0, 200)))
      assert.doesNotMatch(answer, /\bat .*\.(ts|js):|HPE_|stack/)
      await assertAlive()
    })
  }

  test('[RFC6585 5] headers that are too long are 431', async () => {
    const answer = await exchange(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'a'.repeat(20_000)}\r\n\r\n`)
    assert.equal(statusOf(answer), 431)
    assert.match(answer, /cache-control: no-store/)
    await assertAlive()
  })

  const hosts = [
    'evil.example',
    '',
    '"><script>',
    'evil.example:99999',
    '[::1',
    'a'.repeat(5000),
    'evil.example@login.example',
    'evil.example/x',
    '%00',
    '127.0.0.1:1:2',
  ]
  for (const host of hosts) {
    test(`Host: ${host.slice(0, 30)}: nothing of it is in the answer`, async () => {
      for (const target of [
        '/',
        '/sign-in',
        '/.well-known/openid-configuration',
        `/authorize?${authorizeQuery()}`,
        '/token',
        '/nowhere',
      ]) {
        const answer = await get(target, `Host: ${host}`)
        const status = statusOf(answer)
        assert.ok(status >= 200 && status < 500, `${target}: ${answer.slice(0, 100)}`)
        assert.doesNotMatch(answer, /evil|<script>"|99999/)
      }
      await assertAlive()
    })
  }

  test('two Hosts are refused or the same as one', async () => {
    const answer = await get('/.well-known/openid-configuration', 'Host: login.example\r\nHost: evil.example')
    assert.ok(statusOf(answer) >= 200 && statusOf(answer) < 500)
    assert.doesNotMatch(answer, /evil/)
  })

  test('[RFC9112 3.2.2] the absolute form is the same as the path, whoever it names', async () => {
    for (const target of [
      'http://login.example/livez',
      'https://login.example/livez',
      'HTTP://evil.example/livez',
      'http://user:secret@evil.example:1/livez',
      'http://[::1/livez',
      'http://:99999/livez',
      'http:///livez',
      'http://a b/livez'.replace(' ', '%20'),
    ]) {
      const answer = await get(target)
      assert.equal(statusOf(answer), 200, `${target}: ${answer.slice(0, 200)}`)
      assert.doesNotMatch(answer, /evil|secret/)
    }
    await assertAlive()
  })

  const targets = [
    '//evil.example',
    '//evil.example/%2f..',
    '/\\evil.example',
    '\\\\evil.example',
    '/%2e%2e/authorize',
    '/../authorize',
    '/./authorize',
    '/..;/authorize',
    '/sign-in/../../../etc/passwd',
    '*',
    'evil.example:443',
    'ftp://evil.example/',
    'javascript:alert(1)',
    'http:evil',
    'http://',
    'http://evil.example',
    '/?#',
    '/#/authorize',
    '/%',
    '/%zz',
    '/\xff',
    `/${'%41'.repeat(2000)}`,
    `/?${'a'.repeat(12_000)}`,
    '/;/..;/',
    '/%0d%0aSet-Cookie:x=1',
    '/sign-in/%0d%0ax',
  ]
  for (const target of targets) {
    test(`the target ${JSON.stringify(target.slice(0, 40))}: a clear answer that leads nowhere else`, async () => {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const answer = await exchange(
          Buffer.from(
            `${method} ${target} HTTP/1.1\r\nHost: login.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
            'latin1',
          ),
        )
        const status = statusOf(answer)
        assert.ok(status >= 200 && status < 500, `${method}: ${answer.slice(0, 200)}`)
        assert.doesNotMatch(answer, /^location: .*evil/im)
        assert.doesNotMatch(answer, /^set-cookie: x=1/im)
        assert.doesNotMatch(bodyOf(answer), /evil/)
      }
      await assertAlive()
    })
  }

  test('CONNECT and TRACE go nowhere', async () => {
    for (const request of ['CONNECT evil.example:443 HTTP/1.1', 'TRACE / HTTP/1.1', 'GET / HTTP/1.0']) {
      const answer = await exchange(
        `${request}\r\nHost: login.example\r\nCookie: canary=1\r\nConnection: close\r\n\r\n`,
        500,
      )
      assert.doesNotMatch(answer, /canary/)
      assert.ok(statusOf(answer) < 500)
    }
    await assertAlive()
  })

  test('half a request, and a body that never comes, hold nobody else up', async () => {
    const halves = [
      'GET / HT',
      'GET / HTTP/1.1\r\nHost: x\r\nCook',
      'POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant',
      'POST /sign-out HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab',
    ]
    const waiting = halves.map((half) => exchange(half, 300))
    await assertAlive()
    for (const answer of await Promise.all(waiting)) assert.equal(answer, '')
    await assertAlive()
  })

  test('a connection that is cut in the middle of an answer', async () => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`GET / HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(50))
      socket.resetAndDestroy()
    })
    await new Promise((resolve) => socket.once('close', resolve))
    await assertAlive()
  })

  test('every answer to a request that was half read says that it is not to be kept', async () => {
    const answer = await exchange('garbage\r\n\r\n')
    assert.match(answer, /x-content-type-options: nosniff/)
    assert.match(answer, /connection: close/)
    assert.match(bodyOf(answer), /cannot be read as an HTTP request/)
  })
})

describe('the answer to what is no request', () => {
  const answerTo = async (code: string, socket = new PassThrough()) => {
    // The four members of a socket that it uses are a stream’s own.
    const logged: object[] = []
    const log = { warn: (fields: object) => void logged.push(fields) }
    answerUnparseable(Object.assign(new Error('parse error'), { code }), socket as never, { log, id: 'an-id' })
    return { socket, logged, text: String(socket.read() ?? '') }
  }

  test('[RFC9110 15.5.9] a request that takes too long is 408', async () => {
    assert.match((await answerTo('ERR_HTTP_REQUEST_TIMEOUT')).text, /^HTTP\/1\.1 408 Request Timeout\r\n/)
    assert.match((await answerTo('HPE_INVALID_METHOD')).text, /^HTTP\/1\.1 400 Bad Request\r\n/)
  })

  test('it has plain words and an id that is in the log', async () => {
    const { text, logged } = await answerTo('HPE_HEADER_OVERFLOW')
    assert.match(text, /too long\..*give this id: an-id\n$/s)
    assert.deepEqual(logged, [{ reqId: 'an-id', error: 'HPE_HEADER_OVERFLOW', status: 431 }])
  })

  test('who has gone is not answered', async () => {
    const { socket, text } = await answerTo('ECONNRESET')
    assert.equal(text, '')
    assert.equal(socket.destroyed, true)
  })
})

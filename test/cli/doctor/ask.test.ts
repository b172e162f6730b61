/** How the doctor asks our own URLs: what a connection shows is kept, whatever is wrong with it. */
import assert from 'node:assert/strict'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { Server } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { ask, NoAnswer, whyNoAnswer } from '../../../src/cli/doctor/ask.ts'
import { certificateAuthority, type ServerCertificate } from '../../fixtures/certificates.ts'

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    }),
  )

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()))

describe('asking by https', () => {
  const authority = certificateAuthority()

  /** What a server with this certificate shows who asks it as localhost. */
  async function shown({ certificate: cert, key }: Pick<ServerCertificate, 'certificate' | 'key'>) {
    const server = createHttps({ cert, key }, (_request, response) => response.end('hello'))
    try {
      return await ask(`https://localhost:${await listening(server)}/`)
    } finally {
      server.closeAllConnections()
      await closed(server)
    }
  }

  test('an unknown authority: the answer is there all the same, and says so', async () => {
    const { status, body, tls } = await shown(authority.issue('localhost'))
    assert.deepEqual([status, body], [200, 'hello'])
    assert.deepEqual([tls?.fault, tls?.isForHost, tls?.protocol], ['SELF_SIGNED_CERT_IN_CHAIN', true, 'TLSv1.3'])
    assert.equal(tls?.expiresAt, Date.UTC(2049, 11, 31, 23, 59, 59))
    assert.equal(tls?.issuer, 'Certificate authority of one test run')
  })

  test('another host, an end that is past, and a chain without what is between', async () => {
    const other = await shown(authority.issue('other.example'))
    assert.deepEqual([other.tls?.isForHost, other.tls?.names], [false, 'DNS:other.example'])
    const expired = await shown(authority.issueExpired('localhost'))
    assert.equal(expired.tls?.expiresAt, Date.UTC(2020, 11, 31, 23, 59, 59))
    const whole = authority.issue('localhost')
    const leaf = whole.certificate.slice(0, whole.certificate.length - authority.certificate.length)
    assert.equal((await shown({ ...whole, certificate: leaf })).tls?.fault, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  })
})

describe('asking what is not there', () => {
  let server: Server
  let port = 0
  before(async () => {
    server = createHttp((request, response) => {
      if (request.url === '/endless') {
        const more = (): void => {
          if (!response.destroyed) response.write('x'.repeat(65_536), more)
        }
        more()
      } else response.writeHead(302, { location: '/' }).end()
    })
    port = await listening(server)
  })
  after(() => closed(server))

  const why = (url: string): Promise<unknown> => ask(url).catch(whyNoAnswer)

  test('is told in words', async () => {
    assert.equal(await why(`https://127.0.0.1:${port}/`), 'what listens there does not speak TLS as it should')
    assert.equal(await why('http://127.0.0.1:1/'), 'nothing listens there')
    assert.equal(await why(`http://127.0.0.1:${port}/endless`), 'its answer has no end')
  })

  test('no redirect is followed', async () => {
    assert.equal((await ask(`http://127.0.0.1:${port}/`)).status, 302)
  })

  test('what is a mistake of ours stays one', () => {
    assert.throws(() => whyNoAnswer(new TypeError('x')), TypeError)
    assert.equal(whyNoAnswer(new NoAnswer('ESOMETHING')), 'the connection failed (ESOMETHING)')
  })
})

/** `countersign doctor` on an installation that runs, behind a proxy that speaks TLS and does one thing wrong at a time. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { certificateAuthority } from '../fixtures/certificates.ts'
import {
  type CountersignProcess,
  countersignInstallation,
  type Installation,
  newClientSecret,
  type RunOptions,
} from '../fixtures/countersign.ts'
import { freePort } from '../fixtures/free-port.ts'

interface Told {
  readonly check: string
  readonly level: string
  readonly found: string
  readonly todo?: string
}

/** What the proxy does otherwise than it should. */
interface Fault {
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** The address that it connects from. */
  readonly from?: string
  readonly path?: (path: string) => string
  readonly answerHeaders?: Readonly<Record<string, string>>
}

describe('countersign doctor', () => {
  const authority = certificateAuthority()
  const secret = newClientSecret()
  let countersign: Installation
  let running: CountersignProcess
  let proxy: Server
  let fault: Fault = {}
  let caFile = ''

  before(async () => {
    const port = await freePort()
    countersign = await countersignInstallation({
      issuer: `https://localhost:${port}`,
      clients: [
        {
          ...{ client_id: 'wiki', client_secret: secret, redirect_uris: ['https://wiki.example/callback'] },
          post_logout_redirect_uris: ['https://wiki.example/'],
          backchannel_logout_uri: 'https://127.0.0.1:1/logout',
        },
      ],
      config: { trusted_proxies: ['127.0.0.1'], password_hashing: { memory: '19MiB' } },
    })
    caFile = join(countersign.folder, 'ca.pem')
    await writeFile(caFile, authority.certificate)
    running = await countersign.start()
    const { certificate: cert, key } = authority.issue('localhost')
    proxy = createServer({ cert, key }, (incoming, outgoing) => passOn(incoming, outgoing))
    await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve))
  })
  after(async () => {
    proxy?.closeAllConnections()
    await new Promise((resolve) => proxy?.close(resolve))
    await countersign?.remove()
  })

  function passOn(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const given = incoming.headers
    const address = incoming.socket.remoteAddress ?? ''
    const headers = Object.entries({
      ...given,
      'x-forwarded-for': [given['x-forwarded-for'], address].filter(Boolean).join(', '),
      'x-forwarded-proto': 'https',
      // As it came, for a proxy that passes on what clients send.
      ...(fault.headers?.['x-forwarded-for'] === 'as it came' ? { 'x-forwarded-for': given['x-forwarded-for'] } : {}),
      ...Object.fromEntries(Object.entries(fault.headers ?? {}).filter(([, value]) => value !== 'as it came')),
    }).filter(([, value]) => value !== undefined)
    const { path = (same: string) => same, from } = fault
    request({
      ...{ host: '127.0.0.1', port: countersign.port, path: path(incoming.url ?? '/'), method: incoming.method },
      ...{ headers: Object.fromEntries(headers), agent: false, ...(from && { localAddress: from }) },
    })
      .once('response', (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...fault.answerHeaders })
        answer.pipe(outgoing)
      })
      .once('error', () => outgoing.writeHead(502).end())
      .end()
  }

  async function examine(options: RunOptions & { readonly args?: readonly string[] } = {}) {
    const { args = [], environment = { NODE_EXTRA_CA_CERTS: caFile }, ...run } = options
    const result = await countersign.run(['doctor', '--json', ...args], { ...run, environment })
    assert.equal(result.stderr, '')
    const sealingKey = await readFile(join(countersign.folder, 'keys/sealing.key'), 'utf8')
    for (const word of [secret, sealingKey.trim()]) assert.ok(!result.stdout.includes(word), 'no secret is told')
    const told: { findings: readonly Told[] } = JSON.parse(result.stdout)
    const of = (check: string): readonly string[] =>
      told.findings
        .filter((each) => each.check === check)
        .map(({ level, found, todo }) => `${level}: ${found}${todo === undefined ? '' : ` → ${todo}`}`)
    return { status: result.status, of, findings: told.findings }
  }

  /** Of the proxy, with that fault. */
  async function behind(one: Fault): Promise<readonly string[]> {
    fault = one
    try {
      return (await examine()).of('Proxy')
    } finally {
      fault = {}
    }
  }

  test('a proxy that does everything right: all of it is fine but the app that is not there', async () => {
    const { status, of, findings } = await examine()
    // How soon the database answers is the test machine's affair.
    const ours = findings.filter(({ found }) => !/ answers in /.test(found))
    const amiss = ours.filter(({ level }) => level !== 'fine').map(({ check }) => check)
    assert.deepEqual([...new Set(amiss)], ['Files', 'Use of clients', 'URLs of clients'])
    assert.match(
      of('Use of clients').join(),
      /^unknown: how much clients are used: (nothing was counted yet|it is counted since)/,
    )
    assert.match(
      of('URLs of clients').join(),
      /wiki: backchannel_logout_uri cannot be used: 127\.0\.0\.1.*egress\.allowed_hosts/,
    )
    assert.match(of('Files').join(), /warning: the configuration holds secrets itself: clients\[0\]\.client_secret/)
    assert.match(of('This machine’s server').join(), /^fine: it runs at http:\/\/127\.0\.0\.1:\d+ and is ready/)
    assert.match(of('Public URL').join(), /byte for byte.*it serves the 4 published keys/)
    assert.match(of('Certificate').join(), /^fine: TLSv1\.3/)
    assert.match(of('Keys').join(), /the sealing key opens all 4 private keys/)
    assert.equal(status, 1)
  })

  test('it says http where people come by https', async () => {
    assert.match((await behind({ headers: { 'x-forwarded-proto': 'http' } }))[0] ?? '', /^warning: scheme.*says "http"/)
  })

  test('it puts another host in place', async () => {
    assert.match(
      (await behind({ headers: { host: 'upstream' } }))[1] ?? '',
      /^warning: host: localhost:\d+ arrives as "upstream"/,
    )
  })

  test('it tells no address', async () => {
    assert.match(
      (await behind({ headers: { 'x-forwarded-for': undefined } }))[2] ?? '',
      /^warning: client address: .*tells none/,
    )
  })

  test('it passes on the address that a client made up', async () => {
    const told = await behind({ headers: { 'x-forwarded-for': 'as it came' } })
    assert.match(told[2] ?? '', /^problem: client address: anybody may make one up/)
  })

  test('it is not among the trusted proxies', { skip: process.platform !== 'linux' }, async () => {
    assert.match(
      (await behind({ from: '127.0.0.2' }))[2] ?? '',
      /^warning: .*not believed.*trusted_proxies: \['127\.0\.0\.2'\]/,
    )
  })

  test('it cuts off what it should not, and lets caches keep what they should not', async () => {
    fault = { path: (path) => path.replace('/.well-known', ''), answerHeaders: { 'cache-control': 'max-age=86400' } }
    const cut = await examine()
    fault = { answerHeaders: { 'cache-control': 'max-age=86400' } }
    const cached = await examine()
    fault = {}
    assert.match(cut.of('Public URL').join(), /^problem: the discovery document is answered with status 404/)
    assert.match(cached.of('Public URL').join(), /warning: something between changes how long/)
  })

  test('a server that runs with another configuration', async () => {
    const { of } = await examine({ config: { session_management: true } })
    assert.match(
      of('Public URL').join(),
      /^problem: the document that is served differs from this configuration in check_session_iframe/,
    )
  })

  test('another sealing key: its keys do not open, and the server tells it nothing', async () => {
    const { of } = await examine({ config: { keys: { sealing_key: 'a'.repeat(64) } } })
    assert.match(of('Keys')[0] ?? '', /^problem: The sealing key in the value of keys\.sealing_key is not the one/)
    assert.match(of('Proxy')[0] ?? '', /^unknown: .*did not say \(status 404\)/)
  })

  test('a certificate of an authority that this machine does not know', async () => {
    const { of } = await examine({ environment: {} })
    assert.match(of('Certificate').join(), /^problem: the certificate is signed by .*NODE_EXTRA_CA_CERTS/)
    assert.match(of('Public URL')[0] ?? '', /^fine/)
  })

  test('the database is away: it says so, and goes on', async () => {
    const { status, of } = await examine({
      config: { database: { url: 'postgresql://nobody:hush-hush@127.0.0.1:1/none' } },
    })
    assert.equal(status, 1)
    assert.match(of('Database').join(), /^problem: /)
    assert.doesNotMatch(of('Database').join(), /hush-hush/)
    assert.match(of('Public URL').join(), /unknown: whether the right keys are served/)
    assert.match(of('Memory').join(), /^fine/)
  })

  test('faults of the configuration come first, and alone', async () => {
    const { status, findings } = await examine({ config: { issuer: 'nonsense' } })
    assert.equal(status, 1)
    assert.ok(
      findings.length > 0 && findings.every(({ check, level }) => check === 'Configuration' && level === 'problem'),
    )
  })

  test('--strict takes warnings for problems; the text has signs and what to do', async () => {
    const clients = { clients: [{ client_id: 'job', client_secret: secret, grant_types: ['client_credentials'] }] }
    const environment = { NODE_EXTRA_CA_CERTS: caFile }
    const calm = await countersign.run(['doctor'], { config: clients, environment })
    const strict = await countersign.run(['doctor', '--strict'], { config: clients, environment })
    assert.deepEqual([calm.status, strict.status], [0, 1], calm.stdout)
    assert.match(calm.stdout, /^Files\n {2}! the configuration holds secrets itself: .*\n {4}→ Whoever sees/m)
    assert.match(calm.stdout, /^Proxy\n {2}✓ scheme: https outside/m)
    assert.match(calm.stdout, /\n\n\d warnings?\.\n$/)
  })

  test('it fetched the keys all the time, and is no app', async () => {
    const listed = await countersign.run(['keys', 'list'])
    assert.match(listed.stdout, /No app has been seen to fetch the keys regularly\.\n$/)
  })

  test('the server does not run: it says so, and goes on', async () => {
    assert.equal(await running.stop(), 0)
    const { status, of } = await examine()
    assert.equal(status, 1)
    assert.match(of('This machine’s server').join(), /^warning: nothing listens at http:\/\/127/)
    assert.match(of('Public URL').join(), /^problem: .*status 502/)
    assert.match(of('Database').join(), /every migration is applied/)
  })
})

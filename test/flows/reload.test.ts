/** The configuration that is in force follows its files, while requests go on. */
import assert from 'node:assert/strict'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { certificateAuthority } from '../fixtures/certificates.ts'
import {
  type CountersignProcess,
  countersignInstallation,
  type Installation,
  newClientSecret,
} from '../fixtures/countersign.ts'
import { freePort } from '../fixtures/free-port.ts'
import { NO_POSTGRESQL, startPostgresql } from '../fixtures/postgresql.ts'
import { until } from '../fixtures/until.ts'

const SECRET = newClientSecret()
const aRobot = (client_id: string) => ({ client_id, client_secret: SECRET, grant_types: ['client_credentials'] })
const ROBOT = aRobot('robot')

const said = (at: CountersignProcess, message: RegExp) => at.log().filter(({ msg }) => message.test(String(msg)))

/** The status of a token request. */
async function ask({ origin }: CountersignProcess, client_id: string): Promise<number> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret: SECRET })
  const headers = { authorization: `Basic ${Buffer.from(`${client_id}:${SECRET}`).toString('base64')}` }
  body.delete('client_id')
  body.delete('client_secret')
  const response = await fetch(`${origin}/token`, { method: 'POST', body, headers })
  await response.arrayBuffer()
  return response.status
}

const knows = async (at: CountersignProcess, client: string): Promise<boolean> => (await ask(at, client)) === 200

interface Verbose {
  readonly status: string
  readonly configuration: {
    readonly revision: string
    readonly process_started: string
    readonly last_reload: {
      readonly outcome: string
      readonly because?: string
      readonly faults?: number
      readonly needs_restart?: readonly string[]
    } | null
    readonly instances: readonly { readonly revision: string; readonly process_started: string }[]
  }
}
const verbose = async ({ origin }: CountersignProcess): Promise<Verbose> =>
  (await (await fetch(`${origin}/readyz?verbose`)).json()) as Verbose

function followsItsFiles(databaseUrl: () => Promise<string | undefined>): void {
  let countersign: Installation
  let running: CountersignProcess

  before(async () => {
    const url = await databaseUrl()
    countersign = await countersignInstallation({ clients: [ROBOT], ...(url && { databaseUrl: url }) })
    running = await countersign.start()
    await mkdir(join(countersign.folder, 'clients.d'))
  })
  after(() => countersign?.remove())

  const at = (name: string): string => join(countersign.folder, 'clients.d', `${name}.yaml`)
  const put = (name: string, ...clients: readonly object[]) => writeFile(at(name), JSON.stringify(clients))

  test('the process that answers is found among all by the time of its start', async () => {
    const { process_started, instances } = (await verbose(running)).configuration
    assert.deepEqual(
      instances.map((one) => one.process_started),
      [process_started],
    )
  })

  test('a client that comes is known soon, by itself, and one that goes is not', async () => {
    assert.equal(await knows(running, 'one'), false)
    await put('one', aRobot('one'))
    await until('one is known', () => knows(running, 'one'))
    await writeFile(at('.next'), JSON.stringify([aRobot('two')]))
    await rename(at('.next'), at('one'))
    await until('two is known', () => knows(running, 'two'))
    assert.equal(await knows(running, 'one'), false)
  })

  test('a fault changes nothing, is told once, and shows at /readyz?verbose; mended, all is well', async () => {
    const { configuration: before } = await verbose(running)
    await writeFile(at('bad'), '- client_id: bad\n  redirect_uri: nowhere\n')
    await until('refused', async () => (await verbose(running)).configuration.last_reload?.outcome === 'refused')
    await delay(2500)
    const faulty = await verbose(running)
    assert.equal(faulty.status, 'ok')
    assert.equal(faulty.configuration.revision, before.revision)
    assert.ok((faulty.configuration.last_reload?.faults ?? 0) >= 1)
    const [line, ...more] = said(running, /was not changed/)
    assert.equal(more.length, 0)
    assert.match(String(line?.['detail']), /bad\.yaml:2:3: clients\[\d\]\.redirect_uri: unknown key/)
    assert.equal(await knows(running, 'two'), true)
    await rm(at('bad'))
    await until('well', async () => (await verbose(running)).configuration.last_reload?.outcome === 'unchanged')
    const { stdout: audited } = await countersign.run(['audit', 'list', '--kind', 'config_changed,config_refused'])
    assert.match(audited, /config_changed +system [\s\S]*added=1[\s\S]*config_refused +system [\s\S]*faults=[1-9]/)
  })

  test('SIGHUP makes it look at once, also at what looks the same', async () => {
    await put('three', aRobot('three'))
    process.kill(running.pid, 'SIGHUP')
    await until('three is known', () => knows(running, 'three'))
    assert.equal((await verbose(running)).configuration.last_reload?.outcome, 'applied')
  })

  test('requests go on while it changes: each is answered, by one configuration or the other', async () => {
    const statuses = new Map<number, number>()
    let isOver = false
    const asking = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const status = await ask(running, 'robot')
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    })
    for (let i = 0; i < 20; i++) {
      await put('many', aRobot(`many-${i}`))
      process.kill(running.pid, 'SIGHUP')
      await until(`many-${i} is known`, () => knows(running, `many-${i}`))
    }
    isOver = true
    await Promise.all(asking)
    assert.deepEqual([...statuses.keys()], [200])
  })

  test('two instances: `countersign reload` asks both and tells of both; both tell their revision', async () => {
    const other = await countersign.start({ port: await freePort() })
    await until('both are seen', async () => (await verbose(running)).configuration.instances.length === 2)
    await put('four', aRobot('four'))
    const reloaded = await countersign.run(['reload'])
    assert.equal(reloaded.status, 0, reloaded.stdout + reloaded.stderr)
    assert.equal(reloaded.stdout.match(/: revision [0-9a-f]{12} is in force/g)?.length, 2)
    for (const each of [running, other]) assert.equal(await knows(each, 'four'), true)
    const { configuration } = await verbose(running)
    assert.deepEqual(
      new Set(configuration.instances.map(({ revision }) => revision)),
      new Set([configuration.revision]),
    )
    assert.equal(await other.stop(), 0)
    await until('one is left', async () => (await verbose(running)).configuration.instances.length === 1)
  })

  test('`countersign reload` tells faults as `check` does, and asks nobody', async () => {
    await writeFile(at('bad'), '- client_id: bad\n  redirect_uri: nowhere\n')
    const { status, stderr } = await countersign.run(['reload'])
    assert.equal(status, 1)
    assert.match(stderr, /bad\.yaml:2:3: clients\[\d\]\.redirect_uri: unknown key/)
    await rm(at('bad'))
  })
}

describe('a configuration that changes, on SQLite', () => followsItsFiles(async () => undefined))

const postgresql = await startPostgresql()
describe('a configuration that changes, on PostgreSQL', { skip: postgresql ? false : NO_POSTGRESQL }, () => {
  after(() => postgresql?.stop())
  followsItsFiles(async () => postgresql?.url('reload'))
})

describe('what a running process cannot change', () => {
  let countersign: Installation
  after(() => countersign?.remove())

  test('is refused as a whole, by name', async () => {
    countersign = await countersignInstallation({ clients: [ROBOT] })
    const running = await countersign.start()
    const file = join(countersign.folder, 'countersign-0.yaml')
    const config = { issuer: countersign.issuer, name: 'Other', listen: { host: '127.0.0.1', port: await freePort() } }
    await writeFile(file, JSON.stringify({ ...config, database: { url: 'file:./countersign.db' } }))
    process.kill(running.pid, 'SIGHUP')
    await until('refused', () => said(running, /was not changed/).length > 0)
    assert.match(String(said(running, /was not changed/)[0]?.['detail']), /listen\.port.*only a restart/)
    const { last_reload: last } = (await verbose(running)).configuration
    assert.deepEqual([last?.outcome, last?.because, last?.faults], ['refused', 'needs_restart', undefined])
    assert.ok(last?.needs_restart?.includes('listen.port'))
    assert.equal(await knows(running, 'robot'), true)
  })
})

describe('several workers', () => {
  let countersign: Installation
  let running: CountersignProcess
  after(() => countersign?.remove())

  test('SIGHUP to the supervisor reaches each of them', async () => {
    countersign = await countersignInstallation({ clients: [ROBOT] })
    running = await countersign.start({ workers: 2 })
    await until('both are seen', async () => (await verbose(running)).configuration.instances.length === 2)
    await mkdir(join(countersign.folder, 'clients.d'))
    await writeFile(join(countersign.folder, 'clients.d/one.yaml'), JSON.stringify([aRobot('one')]))
    process.kill(running.pid, 'SIGHUP')
    await until('each has changed', () => new Set(said(running, /is in force/).map(({ worker }) => worker)).size === 2)
    for (let i = 0; i < 8; i++) assert.equal(await knows(running, 'one'), true)
  })

  test('one that dies while the files have faults comes back once they are mended', async () => {
    const workers = () => new Map(said(running, /^Server listening/).map(({ worker, pid }) => [worker, Number(pid)]))
    const killed = workers().get(1) ?? 0
    await writeFile(join(countersign.folder, 'clients.d/bad.yaml'), '- client_id: [')
    await until('refused', () => said(running, /was not changed/).length > 0)
    process.kill(killed, 'SIGKILL')
    await until('it cannot start', () => said(running, /it is replaced/).length > 1)
    assert.match(JSON.stringify(said(running, /it is replaced/)), /bad\.yaml/)
    await rm(join(countersign.folder, 'clients.d/bad.yaml'))
    await until('replaced', () => workers().get(1) !== killed)
    assert.equal(await knows(running, 'one'), true)
    assert.equal(await running.stop(), 0)
  })
})

describe('a new signing algorithm', () => {
  let countersign: Installation
  after(() => countersign?.remove())

  test('its keys are made and settled before it is in force: it is ready all the while', async () => {
    countersign = await countersignInstallation({ clients: [ROBOT] })
    const running = await countersign.start()
    const file = join(countersign.folder, 'countersign-0.yaml')
    const config = JSON.parse(await readFile(file, 'utf8'))
    const keys = { ...config.keys, signing_algorithms: ['RS256', 'ES256', 'PS256'] }
    await writeFile(file, JSON.stringify({ ...config, keys }))
    process.kill(running.pid, 'SIGHUP')
    const statuses = new Set<number>()
    await until('it is in force', async () => {
      const response = await fetch(`${running.origin}/readyz`)
      await response.arrayBuffer()
      statuses.add(response.status)
      return said(running, /is in force/).length > 0
    })
    statuses.add((await fetch(`${running.origin}/readyz`)).status)
    assert.deepEqual([...statuses], [200])
    const discovery = await (await fetch(`${running.origin}/.well-known/openid-configuration`)).json()
    const { id_token_signing_alg_values_supported: algorithms } = discovery as Record<string, readonly string[]>
    assert.ok(algorithms?.includes('PS256'))
  })
})

describe('a certificate that is renewed', () => {
  const authority = certificateAuthority()
  let countersign: Installation
  after(() => countersign?.remove())

  const certificateAt = (port: number): Promise<PeerCertificate> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: '/livez', rejectUnauthorized: false, agent: new Agent() }
      request(options, (response) => {
        resolve((response.socket as TLSSocket).getPeerCertificate())
        response.resume()
      })
        .once('error', reject)
        .end()
    })

  test('is shown to new connections without a restart', async () => {
    const [old, renewed] = [authority.issue('127.0.0.1'), authority.issue('127.0.0.1')]
    countersign = await countersignInstallation({ issuer: 'https://login.example', clients: [ROBOT], tls: old })
    await countersign.start()
    const { fingerprint256: before } = await certificateAt(countersign.port)
    await writeFile(join(countersign.folder, 'certificate.pem'), renewed.certificate)
    await writeFile(join(countersign.folder, 'key.pem'), renewed.key)
    await until('renewed', async () => (await certificateAt(countersign.port)).fingerprint256 !== before)
  })
})

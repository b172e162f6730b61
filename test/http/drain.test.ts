/** How a listening server ends: nothing that arrives is lost, and nothing keeps it for ever. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { draining } from '../../src/http/drain.ts'
import { openFront } from '../../src/http/front.ts'
import { createServer } from '../../src/http/server.ts'
import { fakeRandom } from '../fixtures/random.ts'

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`

async function listening(): Promise<{ servers: readonly Server[]; port: number; finish: () => void }> {
  const log = pino({ level: 'silent' })
  const config = { issuer: 'http://127.0.0.1', trustedProxies: [] }
  const app = await createServer({ config, random: fakeRandom(), log })
  let finish = (): void => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  app.get('/', () => ({ here: true }))
  app.get('/slow', async () => {
    await finished
    return { late: true }
  })
  await app.ready()
  const front = openFront({ tls: undefined, log, random: fakeRandom() })
  front.put(app)
  const { port } = new URL(await front.listen({ host: '127.0.0.1', port: 0 }))
  return { servers: front.servers, port: Number(port), finish }
}

interface Client {
  readonly socket: Socket
  /** All that came so far. */
  text(): string
  readonly closed: Promise<unknown>
}

async function client(port: number): Promise<Client> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += String(chunk)
  })
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await once(socket, 'connect')
  return { socket, text: () => text, closed }
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 5000; !holds(); await delay(5)) assert.ok(performance.now() < end, 'not in time')
}

const isRefused = async (port: number): Promise<boolean> =>
  client(port).then(
    ({ socket }) => {
      socket.destroy()
      return false
    },
    () => true,
  )

describe('draining', () => {
  test('[RFC9112 9.6] what arrives on an open connection is answered, and told that it ends; nothing new is accepted', async () => {
    const { servers, port } = await listening()
    const { socket, text, closed } = await client(port)
    socket.write(GET('/'))
    await until(() => text().includes('here'))
    assert.match(text(), /connection: keep-alive/i)
    const drain = draining(servers)
    drain.begin()
    const over = drain.close(5000)
    while (!(await isRefused(port))) await delay(5)
    socket.write(GET('/'))
    await closed
    assert.equal(text().match(/HTTP\/1.1 200/g)?.length, 2)
    assert.match(text(), /connection: close/i)
    await over
  })

  test('what is under way is finished, and its connection does not stay', async () => {
    const { servers, port, finish } = await listening()
    const { socket, text, closed } = await client(port)
    socket.write(GET('/slow'))
    await delay(20)
    const drain = draining(servers)
    drain.begin()
    const over = drain.close(5000)
    await delay(700)
    finish()
    await Promise.all([over, closed])
    assert.match(text(), /HTTP\/1.1 200[\s\S]*late/)
  })

  test('idle connections do not hold it up, and what never ends is cut', async () => {
    const { servers, port } = await listening()
    const [idle, stuck] = [await client(port), await client(port)]
    idle.socket.write(GET('/'))
    stuck.socket.write(GET('/slow'))
    await until(() => idle.text().includes('here'))
    const drain = draining(servers)
    drain.begin()
    const over = drain.close(900)
    await idle.closed
    await Promise.all([over, stuck.closed])
    assert.equal(stuck.text(), '')
  })
})

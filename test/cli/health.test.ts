import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { UsageError } from '../../src/cli/command.ts'
import { health } from '../../src/cli/health.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'

/** Asks a server that answers `status` to everything; undefined: nobody listens. */
async function ask(status: number | undefined, host = '127.0.0.1') {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(status ?? 0).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  if (status === undefined) await new Promise((resolve) => server.close(resolve))
  const folder = await mkdtemp(join(tmpdir(), 'countersign-health-'))
  const config = join(folder, 'countersign.yaml')
  await writeFile(config, `issuer: http://localhost:${port}\nlisten: { host: ${host}, port: ${port} }\n`)
  try {
    const terminal = fakeTerminal()
    const exitStatus = await health.run(['--config', config], terminal)
    return { exitStatus, asked, out: terminal.out() }
  } finally {
    server.close()
    await rm(folder, { recursive: true })
  }
}

describe('countersign health', () => {
  test('0 when /readyz answers 200', async () => {
    assert.deepEqual(await ask(200), { exitStatus: 0, asked: ['/readyz'], out: 'ready\n' })
  })

  test('a server on every interface is asked on this one', async () => {
    assert.equal((await ask(200, '0.0.0.0')).exitStatus, 0)
  })

  test('1 when it is not ready', async () => {
    const { exitStatus, out } = await ask(503)
    assert.equal(exitStatus, 1)
    assert.equal(out, 'not ready: 503\n')
  })

  test('1 when nobody listens', async () => {
    const { exitStatus, out } = await ask(undefined)
    assert.equal(exitStatus, 1)
    assert.match(out, /^not ready: .*ECONNREFUSED/)
  })

  test('an option that it does not have is wrong usage', async () => {
    await assert.rejects(health.run(['--port', '1'], fakeTerminal()), UsageError)
  })
})

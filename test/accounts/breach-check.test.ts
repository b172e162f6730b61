import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { isBreached } from '../../src/accounts/breach-check.ts'
import { accountCommand } from '../../src/cli/account.ts'
import { createEgress, egressPolicy } from '../../src/egress/egress.ts'
import { SOME_CONFIG } from '../fixtures/account-config.ts'
import { memoryAccounts } from '../fixtures/memory-accounts.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'

const PASSWORD = 'kettle river 42'
const digest = hash('sha1', PASSWORD, 'hex').toUpperCase()
const lines = (...more: string[]): string => [`${'0'.repeat(35)}:3`, ...more, `${'F'.repeat(35)}:0`].join('\r\n')

/** Who answers on loopback with `body`, and what it was asked; ended after `work`. */
async function withMirror(
  { body, status = 200, type = 'text/plain' }: { body: string; status?: number; type?: string },
  work: (url: string, asked: { url: string; padding: unknown }[]) => Promise<void>,
): Promise<void> {
  const asked: { url: string; padding: unknown }[] = []
  const server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', padding: request.headers['add-padding'] })
    response.writeHead(status, { ...(type !== '' && { 'content-type': type }), connection: 'close' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/range/`, asked)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

const CONFIG = { issuer: 'http://127.0.0.1:8080', egress: { allowedHosts: [], timeout: 3000 } }

function deps() {
  const warned: unknown[] = []
  const log = { warn: (...line: unknown[]) => void warned.push(line) }
  return { egress: createEgress({ policy: egressPolicy(CONFIG) }), log, warned }
}

describe('[ASVS 6.2.12] the look-up among breached passwords', () => {
  test('finds it by its ending; only five hex digits of the SHA-1 leave, and the answer is padded', async () => {
    await withMirror({ body: lines(`${digest.slice(5)}:1742`) }, async (url, asked) => {
      assert.equal(await isBreached(deps(), url, PASSWORD), true)
      assert.deepEqual(asked, [{ url: `/range/${digest.slice(0, 5)}`, padding: 'true' }])
    })
  })

  test('what is not listed is not, nor what is only padding', async () => {
    for (const body of [lines(), lines(`${digest.slice(5)}:0`), '']) {
      await withMirror({ body }, async (url) => assert.equal(await isBreached(deps(), url, PASSWORD), false))
    }
  })

  test('the lines tell that it is an answer, not the content type: a mirror may be a folder of files', async () => {
    for (const type of ['', 'application/octet-stream', 'text/plain; charset=utf-8']) {
      await withMirror({ body: lines(`${digest.slice(5)}:1`), type }, async (url) =>
        assert.equal(await isBreached(deps(), url, PASSWORD), true, type),
      )
    }
  })

  test('what is not in the format of ranges is no answer', async () => {
    for (const body of ['<!doctype html>', lines(digest.slice(5)), lines(`${digest.slice(5)}:many`)]) {
      await withMirror({ body, type: 'text/html' }, async (url) => {
        const own = deps()
        assert.equal(await isBreached(own, url, PASSWORD), false)
        assert.equal(own.warned.length, 1, body)
      })
    }
  })

  test('without an answer it is let pass, and the log says so without any part of it', async () => {
    await withMirror({ body: 'x', status: 503 }, async (url) => {
      const own = deps()
      assert.equal(await isBreached(own, url, PASSWORD), false)
      assert.equal(own.warned.length, 1)
      assert.doesNotMatch(JSON.stringify(own.warned), new RegExp(`${digest.slice(0, 5)}|kettle`, 'i'))
    })
  })

  test('account add refuses such a password, and asks nobody where nothing is configured', async () => {
    await withMirror({ body: lines(`${digest.slice(5)}:1742`) }, async (url, asked) => {
      const run = (breachCheckUrl: string | undefined) => {
        const storage = memoryAccounts()
        const config = { ...SOME_CONFIG, ...CONFIG, passwords: { breachCheckUrl } }
        const command = accountCommand(async () => ({
          config,
          storage,
          record: async () => {},
          tell: async () => {},
          close: async () => {},
        }))
        return command.run(['add', 'anna'], fakeTerminal({ piped: PASSWORD }))
      }
      await assert.rejects(run(url), /list of stolen passwords/)
      assert.equal(asked.length, 1)
      assert.equal(await run(undefined), 0)
      assert.equal(asked.length, 1)
    })
  })
})

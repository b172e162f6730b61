/** `npm run demo` as a person meets it: the real programs, three sites, a real browser. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { appsBeside } from '../../demo/apps.ts'
import { takenAmong } from '../../demo/ports.ts'
import { NO_CHROMIUM, startChromium } from '../fixtures/chromium.ts'
import { freePort } from '../fixtures/free-port.ts'

const RUN = join(import.meta.dirname, '../../demo/run.ts')

interface Demo {
  readonly child: ChildProcess
  output(): string
  /** Resolves with the exit status, or the signal. */
  readonly ended: Promise<number | string>
}

function startDemo(port: number, data: string): Demo {
  // A process group of its own, so that a test can do what a terminal does at Ctrl-C.
  const child = spawn(process.execPath, [RUN, '--port', String(port), '--data', data], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  const keep = (chunk: Buffer): void => {
    output += chunk
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'neither')),
  )
  return { child, output: () => output, ended }
}

async function isUp(demo: Demo): Promise<void> {
  const stop = demo.ended.then((status) => assert.fail(`the demo ended with ${status}:\n${demo.output()}`))
  while (!demo.output().includes('Ctrl-C ends everything')) {
    await Promise.race([stop, new Promise((resolve) => setTimeout(resolve, 50))])
  }
  stop.catch(() => {})
}

/** To the whole group, as a terminal does. */
function interrupt({ child }: Demo): void {
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
}

/** Four free ports in a row. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = await freePort()
    if ((await takenAmong([0, 1, 2, 3].map((offset) => first + offset))).length === 0) return first
  }
}

const passwordOf = (demo: Demo, username: string): string =>
  new RegExp(`user name {2}${username} +password {2}(\\S+)`).exec(demo.output())?.[1] ?? assert.fail(demo.output())

const text = async (page: Page, selector: string): Promise<string> =>
  ((await page.locator(selector).textContent()) ?? '').trim()
const heading = (page: Page): Promise<string> => text(page, 'h1')

async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.locator('input[name=username]').fill(username)
  await page.locator('input[name=password]').fill(password)
  await page.locator('input[name=password]').press('Enter')
}

describe('the demo', () => {
  let folder: string
  let port: number
  let browser: Browser | undefined
  let demo: Demo
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-demo-'))
    port = await freePorts()
    browser = await startChromium({ hostMap: { '*.localhost': '127.0.0.1' } })
    demo = startDemo(port, join(folder, 'data'))
    await isUp(demo)
  })
  after(async () => {
    await browser?.close()
    if (demo.child.exitCode === null) interrupt(demo)
    await demo.ended
    await rm(folder, { recursive: true, force: true })
  })

  test('a taken port is named, nothing else is started, and the exit status is 1', async () => {
    const second = startDemo(port, join(folder, 'other'))
    assert.equal(await second.ended, 1)
    assert.match(second.output(), new RegExp(`Ports ${port}, ${port + 1}, ${port + 2}, ${port + 3} are taken`))
    assert.doesNotMatch(second.output(), /\n\s+at /)
  })

  test('one sign-in serves three sites, tokens refresh, and signing out ends all of them', async (t) => {
    if (browser === undefined) return t.skip(NO_CHROMIUM)
    const [wiki, shop, notes] = appsBeside(port).map(({ origin }) => origin)
    const context: BrowserContext = await browser.newContext()
    try {
      const page = await context.newPage()
      page.setDefaultTimeout(10_000)
      await page.goto(`${wiki}/`)
      assert.equal(await heading(page), 'You are not signed in')
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await signIn(page, 'alice', passwordOf(demo, 'alice'))
      // Wiki is not first-party.
      await page.getByRole('button', { name: 'Allow', exact: true }).click()
      await page.waitForURL(`${wiki}/`)
      assert.equal(await heading(page), 'Signed in as Alice Adams')

      for (const origin of [shop, notes]) {
        await page.goto(`${origin}/`)
        assert.equal(page.url(), `${origin}/`)
        assert.equal(await heading(page), 'Signed in as Alice Adams')
      }

      assert.equal(await text(page, '#refreshed'), 'not yet')
      await page.getByRole('button', { name: 'Refresh the tokens' }).click()
      assert.notEqual(await text(page, '#refreshed'), 'not yet')
      await page.getByRole('button', { name: 'Ask userinfo' }).click()
      assert.match(await text(page, 'pre'), /"email": "alice@example.com"/)

      await page.goto(`${shop}/`)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.waitForURL(`${shop}/signed-out`)
      await page.goto(`${shop}/`)
      assert.equal(await heading(page), 'You are not signed in')
      await page.goto(`${notes}/`)
      await page.getByRole('button', { name: 'Refresh the tokens' }).click()
      assert.match(await text(page, '.notice'), /sign-on has ended at Countersign/)
      assert.equal(await heading(page), 'You are not signed in')
    } finally {
      await context.close()
    }
  })

  test('Ctrl-C ends everything with status 0, and another run goes on with the same accounts and sessions', async (t) => {
    if (browser === undefined) return t.skip(NO_CHROMIUM)
    const [, shop] = appsBeside(port).map(({ origin }) => origin)
    const context: BrowserContext = await browser.newContext()
    try {
      const page = await context.newPage()
      page.setDefaultTimeout(10_000)
      await page.goto(`${shop}/`)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      const password = passwordOf(demo, 'bob')
      await signIn(page, 'bob', password)
      await page.waitForURL(`${shop}/`)
      assert.equal(await heading(page), 'Signed in as Bob Brown')

      interrupt(demo)
      assert.equal(await demo.ended, 0, demo.output())
      assert.deepEqual(await takenAmong([port, port + 1, port + 2, port + 3]), [])

      demo = startDemo(port, join(folder, 'data'))
      await isUp(demo)
      assert.equal(passwordOf(demo, 'bob'), password)
      await page.goto(`${shop}/`)
      assert.equal(await heading(page), 'Signed in as Bob Brown')
      await page.getByRole('button', { name: 'Refresh the tokens' }).click()
      assert.match(await text(page, '.notice'), /New tokens/)
    } finally {
      await context.close()
    }
  })
})

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana's own syntax.
/** Metrics as Prometheus gets them from running processes, and what is made for it: rules, the dashboard, the page about them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'
import {
  type CountersignProcess,
  countersignInstallation,
  type Installation,
  newClientSecret,
} from '../fixtures/countersign.ts'
import { freePort } from '../fixtures/free-port.ts'
import { until } from '../fixtures/until.ts'

const SECRET = newClientSecret()
const TOKEN = newClientSecret()
const ROBOT = { client_id: 'robot', client_secret: SECRET, grant_types: ['client_credentials'] }
const TOKENS = 'countersign_tokens_total{grant_type="client_credentials",client="robot"}'

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')

async function newToken({ origin }: CountersignProcess): Promise<number> {
  const response = await fetch(`${origin}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    // A connection for each request, so that it may be any worker's.
    headers: { authorization: `Basic ${Buffer.from(`robot:${SECRET}`).toString('base64')}`, connection: 'close' },
  })
  await response.arrayBuffer()
  return response.status
}

const workersOf = (at: CountersignProcess): readonly number[] => [
  ...new Set(at.log().flatMap(({ msg, pid }) => (/^Server listening/.test(String(msg)) ? [Number(pid)] : []))),
]

describe('metrics of several workers', () => {
  let countersign: Installation
  let running: CountersignProcess
  let url: string

  const scrape = async (): Promise<string> => {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } })
    assert.equal(answer.status, 200)
    return answer.text()
  }
  const value = async (series: string): Promise<number> => {
    const line = (await scrape()).split('\n').find((one) => one.startsWith(`${series} `))
    return Number(line?.slice(series.length) ?? Number.NaN)
  }

  before(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/metrics`
    countersign = await countersignInstallation({
      clients: [ROBOT],
      config: { metrics: { listen: { port }, token: TOKEN } },
    })
    running = await countersign.start({ workers: 2 })
    await until('both workers are there', async () => (await value('countersign_workers')) === 2)
  })
  after(() => countersign?.remove())

  test('one answer is the sum over all workers, at an address of its own', async () => {
    for (let i = 0; i < 12; i++) assert.equal(await newToken(running), 200)
    await until('all are counted', async () => (await value(TOKENS)) === 12)
    assert.equal(await value('countersign_database_up'), 1)
    const lines = running.log().filter(({ route }) => route === '/token')
    assert.equal(new Set(lines.map(({ worker }) => worker)).size, 2)
    assert.equal((await fetch(url)).status, 401)
    assert.equal((await fetch(`${running.origin}/metrics`)).status, 404)
  })

  test('a worker that hangs is left out and counted; what it counted stays', async () => {
    const [first = 0] = workersOf(running)
    process.kill(first, 'SIGSTOP')
    try {
      const text = await scrape()
      assert.match(text, /^countersign_workers_unanswered_total [1-9]/m)
      assert.ok(text.includes(`${TOKENS} 12\n`))
    } finally {
      process.kill(first, 'SIGCONT')
    }
    await until('it answers again', async () => (await value('countersign_config_refused')) === 0)
  })

  test('a worker that is killed takes nothing back', async () => {
    const [first = 0] = workersOf(running)
    process.kill(first, 'SIGKILL')
    await until('replaced', async () => (await value('countersign_workers')) === 2 && workersOf(running).length === 3)
    assert.equal(await value(TOKENS), 12)
    await newToken(running)
    await until('counted on', async () => (await value(TOKENS)) === 13)
  })

  const exposed = async (): Promise<ReadonlySet<string>> =>
    new Set([...(await scrape()).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name ?? ''))

  /** The metrics that an expression of PromQL names. */
  const namedIn = (expression: string): readonly string[] =>
    (expression.match(/\b(countersign|process|nodejs)_\w+/g) ?? []).map((name) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    )

  test('every metric is explained in docs/metrics.md, and none that there is not', async () => {
    const explained = [...read('docs/metrics.md').matchAll(/^\| `(countersign_\w+)` \|/gm)].map(
      ([, name]) => name ?? '',
    )
    const ours = [...(await exposed())].filter((name) => name.startsWith('countersign_'))
    assert.deepEqual(explained.toSorted(), ours.toSorted())
  })

  test('the alert rules name metrics that there are, and say what happened and what to do', async () => {
    const rules: {
      groups: { rules: { alert: string; expr: string; labels: object; annotations: Record<string, string> }[] }[]
    } = parse(read('ops/alerts.yaml'))
    const names = await exposed()
    const all = rules.groups.flatMap((group) => group.rules)
    assert.ok(all.length >= 10)
    for (const { alert, expr, annotations } of all) {
      for (const name of namedIn(expr)) assert.ok(names.has(name), `${alert}: there is no ${name}`)
      assert.ok(alert === 'CountersignDown' || namedIn(expr).length > 0, alert)
      for (const about of ['summary', 'description']) {
        const text = annotations[about] ?? assert.fail(`${alert} has no ${about}`)
        for (const name of namedIn(text)) assert.ok(names.has(name), `${alert}: there is no ${name}`)
      }
    }
  })

  test('the dashboard names metrics that there are, in the data source that is chosen, and leaves none of ours out', async () => {
    const { panels, templating }: { panels: Panel[]; templating: { list: { name: string; type: string }[] } } =
      JSON.parse(read('ops/grafana-dashboard.json'))
    assert.equal(templating.list[0]?.type, 'datasource')
    const names = await exposed()
    const used = new Set<string>()
    for (const panel of panels.filter(({ type }) => type !== 'row')) {
      assert.equal(panel.datasource?.uid, '${datasource}', panel.title)
      for (const { expr } of panel.targets ?? []) {
        for (const name of namedIn(expr)) {
          assert.ok(names.has(name), `${panel.title}: there is no ${name}`)
          used.add(name)
        }
      }
    }
    const unused = [...names].filter((name) => name.startsWith('countersign_') && !used.has(name))
    assert.deepEqual(unused, [])
  })

  test('the snippet for Prometheus is one, and reads those rules', () => {
    const snippet: { rule_files: string[]; scrape_configs: { job_name: string }[] } = parse(read('ops/prometheus.yml'))
    assert.deepEqual(snippet.rule_files, ['alerts.yaml'])
    // The rules and the dashboard know it by this name.
    assert.deepEqual(
      snippet.scrape_configs.map((one) => one.job_name),
      ['countersign'],
    )
  })

  test('it ends well, and its port is free again', async () => {
    assert.equal(await running.stop(), 0)
    await assert.rejects(fetch(url))
  })
})

interface Panel {
  readonly type: string
  readonly title: string
  readonly datasource?: { readonly uid: string }
  readonly targets?: readonly { readonly expr: string }[]
}

describe('metrics of one process', () => {
  const made: Installation[] = []
  after(() => Promise.all(made.map((one) => one.remove())))

  async function withMetrics() {
    const port = await freePort()
    const countersign = await countersignInstallation({ clients: [ROBOT], config: { metrics: { listen: { port } } } })
    made.push(countersign)
    return { countersign, port }
  }

  test('it follows its configuration, and says so when it cannot', async () => {
    const { countersign, port } = await withMetrics()
    const running = await countersign.start()
    const scrape = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    assert.match(await scrape(), /^countersign_config_refused 0$/m)
    assert.match(await scrape(), /^nodejs_eventloop_lag_p99_seconds \S+$/m)
    assert.doesNotMatch(await scrape(), /^countersign_workers/m)
    const path = join(countersign.folder, 'countersign-0.yaml')
    await writeFile(path, 'issuer: nonsense\n')
    await until('refused', async () => /^countersign_config_refused 1$/m.test(await scrape()))
    assert.match(await scrape(), /^countersign_config_reloads_total\{outcome="refused"\} 1$/m)
    assert.equal(await running.stop(), 0)
  })

  test('a port that is taken: it says which key to change, and ends', async () => {
    const { countersign } = await withMetrics()
    const running = await countersign.start()
    for (const workers of [1, 2]) {
      const other = countersign.start({ port: await freePort(), workers })
      await assert.rejects(other, /metrics\.listen\.port/)
    }
    assert.equal(await running.stop(), 0)
  })
})

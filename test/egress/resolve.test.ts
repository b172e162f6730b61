import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { after, before, describe, test } from 'node:test'
import { resolver } from '../../src/egress/resolve.ts'

const never = new AbortController().signal
const [A, AAAA] = [1, 28]

/** What a name server answers, by name and type of question (RFC 1035 §3.2.2, RFC 3596 §2.1); nothing: it is silent. */
const ZONE: Readonly<Record<string, Readonly<Record<number, readonly number[] | 'NXDOMAIN' | undefined>>>> = {
  'both.example': { [A]: [192, 0, 2, 1], [AAAA]: [0x20, 1, 0xd, 0xb8, ...new Array<number>(11).fill(0), 1] },
  'old.example': { [A]: [192, 0, 2, 2] },
  'gone.example': { [A]: 'NXDOMAIN', [AAAA]: 'NXDOMAIN' },
  'silent.example': {},
}

describe('a stranger’s name', () => {
  const server = createSocket('udp4')
  let resolve = resolver()
  before(async () => {
    server.on('message', (question, from) => {
      const answer = answerTo(question)
      if (answer) server.send(answer, from.port, from.address)
    })
    await new Promise<void>((done) => server.bind(0, '127.0.0.1', done))
    resolve = resolver([`127.0.0.1:${server.address().port}`])
  })
  after(() => server.close())

  test('gives every address of both families', async () => {
    const addresses = await resolve('both.example', { isTrusted: false, signal: never })
    assert.deepEqual(addresses, ['192.0.2.1', '2001:db8::1'])
  })

  test('[RFC8305 3] gives those of one when nobody answers for the other', async () => {
    assert.deepEqual(await resolve('old.example', { isTrusted: false, signal: never }), ['192.0.2.2'])
  })

  test('that does not exist has none', async () => {
    await assert.rejects(resolve('gone.example', { isTrusted: false, signal: never }), { code: 'ENOTFOUND' })
  })

  test('is given up when the time is over', async () => {
    const signal = AbortSignal.timeout(50)
    await assert.rejects(resolve('silent.example', { isTrusted: false, signal }), { code: 'ECANCELLED' })
  })

  test('is not looked for in this machine’s own names', async () => {
    await assert.rejects(resolve('localhost', { isTrusted: false, signal: AbortSignal.timeout(50) }))
  })
})

test('a host that the operator named may be one that only this machine knows', async () => {
  assert.ok((await resolver()('localhost', { isTrusted: true, signal: never })).includes('127.0.0.1'))
})

function answerTo(question: Buffer): Buffer | undefined {
  const labels: string[] = []
  let at = 12
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const data = ZONE[labels.join('.')]?.[question.readUInt16BE(at + 1)]
  if (data === undefined) return undefined
  const answer = Buffer.from(question.subarray(0, at + 5))
  answer.writeUInt16BE(data === 'NXDOMAIN' ? 0x8183 : 0x8180, 2)
  answer.writeUInt16BE(data === 'NXDOMAIN' ? 0 : 1, 6)
  answer.writeUInt32BE(0, 8)
  if (data === 'NXDOMAIN') return answer
  const record = Buffer.from([0xc0, 12, 0, data.length === 4 ? A : AAAA, 0, 1, 0, 0, 0, 60, 0, data.length, ...data])
  return Buffer.concat([answer, record])
}

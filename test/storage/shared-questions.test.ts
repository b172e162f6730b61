/** Questions that share a round trip: what is asked together, and whose fault an error is. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type SharedQuestions, sharedQuestions } from '../../src/storage/prisma/shared-questions.ts'

/** Doubles numbers, unless told otherwise, and notes what was asked together. */
function started(different: Partial<SharedQuestions<number, number>> = {}) {
  const asked: (readonly number[])[] = []
  const ask = sharedQuestions<number, number>({
    async ask(questions) {
      asked.push(questions)
      return questions.map((question) => question * 2)
    },
    isOneToBlame: () => false,
    atOnce: 2,
    ...different,
  })
  return { ask, asked }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('questions of the same moment', () => {
  test('are asked as one, and each gets its own answer', async () => {
    const { ask, asked } = started()
    assert.deepEqual(await Promise.all([1, 2, 2, 3].map(ask)), [2, 4, 4, 6])
    assert.deepEqual(asked, [[1, 2, 2, 3]])
  })

  test('at most 64 of them', async () => {
    const { ask, asked } = started()
    const answers = await Promise.all(Array.from({ length: 150 }, (_, i) => ask(i)))
    assert.deepEqual(
      answers,
      Array.from({ length: 150 }, (_, i) => i * 2),
    )
    assert.deepEqual(
      asked.map((together) => together.length),
      [64, 64, 22],
    )
  })

  test('what comes while enough are under way waits, and goes together', async () => {
    const asked: (readonly number[])[] = []
    const gates: (() => void)[] = []
    const { ask } = started({
      async ask(questions) {
        asked.push(questions)
        await new Promise<void>((resolve) => gates.push(resolve))
        return questions
      },
    })
    const answers: Promise<number>[] = []
    for (const question of [1, 2, 3, 4]) {
      answers.push(ask(question))
      await turn()
    }
    assert.deepEqual(asked, [[1], [2]])
    gates[1]?.()
    assert.equal(await answers[1], 2)
    for (let i = 0; i < 10 && asked.length < 3; i++) await turn()
    assert.deepEqual(asked, [[1], [2], [3, 4]])
    for (const open of gates) open()
    assert.deepEqual(await Promise.all(answers), [1, 2, 3, 4])
  })
})

describe('an error', () => {
  test('that one question is to blame for reaches that one alone', async () => {
    const asked: (readonly number[])[] = []
    const { ask } = started({
      async ask(questions) {
        asked.push(questions)
        if (questions.includes(13)) throw new Error('unlucky')
        return questions
      },
      isOneToBlame: (error) => error instanceof Error && error.message === 'unlucky',
    })
    const answers = await Promise.allSettled([1, 13, 3].map(ask))
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(asked, [[1, 13, 3], [1], [13], [3]])
  })

  test('that is nobody’s fault reaches all of them, and nothing is asked again: it may have been done', async () => {
    let count = 0
    const { ask } = started({
      async ask() {
        count++
        throw new Error('the connection is gone')
      },
    })
    const answers = await Promise.allSettled([1, 2, 3].map(ask))
    assert.ok(answers.every(({ status }) => status === 'rejected'))
    assert.equal(count, 1)
  })

  test('holds nobody up afterwards', async () => {
    let fails = true
    const { ask } = started({
      async ask(questions) {
        if (fails) throw new Error('not now')
        return questions
      },
      atOnce: 1,
    })
    await assert.rejects(ask(1))
    fails = false
    assert.equal(await ask(2), 2)
  })
})

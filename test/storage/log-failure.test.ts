/** An outage is told once, by who notices it; whatever else is wrong is always told. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DatabaseUnavailable, logFailure } from '../../src/storage/storage.ts'

function recorded() {
  const lines: [level: string, fields: object, message: string][] = []
  const at = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message])
  return { lines, log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}

describe('what could not be done', () => {
  test('because of an outage is for who debugs, without its cause', () => {
    const { lines, log } = recorded()
    const error = new DatabaseUnavailable('away', { retryAfterSeconds: 5, cause: new Error('a long story') })
    logFailure(log, error, { message: 'a job failed', job: 'sweep' })
    assert.deepEqual(lines, [['debug', { job: 'sweep', detail: 'away' }, 'a job failed']])
  })

  test('for any other reason is an error, with all of it', () => {
    const { lines, log } = recorded()
    const error = new Error('a bug')
    logFailure(log, error, { message: 'a job failed', job: 'sweep' })
    assert.deepEqual(lines, [['error', { job: 'sweep', err: error }, 'a job failed']])
  })
})

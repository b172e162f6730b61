/** The storage suite on SQLite, and what is true of our SQLite adapter alone. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { auditEvents } from './audit-events.ts'
import { conformance } from './conformance.ts'
import { processes } from './processes.ts'

describe('storage on SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-storage-'))
  let files = 0
  const freshUrl = async (): Promise<string> => `file:${join(folder, `${files++}.db`)}`
  after(() => rmSync(folder, { recursive: true, force: true }))

  conformance(freshUrl)
  auditEvents(freshUrl)
  processes(freshUrl)
})

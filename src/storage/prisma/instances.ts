/** The processes that serve, in the database: each writes its own row, and whoever wants something of them asks in it. */
import type { Instance, InstanceStore, ReloadAnswer } from '../instances.ts'
import type { Database } from './database.ts'

interface Row {
  readonly id: string
  readonly label: string
  readonly revision: string
  readonly startedAt: number | bigint
  readonly seenAt: number | bigint
  readonly turn: number | bigint
  readonly asked: number | bigint
  readonly answered: number | bigint
  readonly answer: string | null
}

export function instanceStore(database: Pick<Database, '$queryRaw' | '$executeRaw'>): InstanceStore {
  return {
    async report({ id, label, revision, startedAt, seenAt }) {
      const [row] = await database.$queryRaw<Pick<Row, 'asked' | 'answered'>[]>`
        INSERT INTO instances (id, label, revision, started_at, seen_at, turn)
        VALUES (${id}, ${label}, ${revision}, ${startedAt}, ${seenAt}, 1)
        ON CONFLICT (id) DO UPDATE
          SET revision = excluded.revision, seen_at = excluded.seen_at, turn = instances.turn + 1
        RETURNING asked, answered`
      return row && row.asked > row.answered ? Number(row.asked) : undefined
    },
    async answer(id, asked, answer) {
      await database.$executeRaw`
        UPDATE instances SET answered = ${asked}, answer = ${JSON.stringify(answer)}, revision = ${answer.revision}
        WHERE id = ${id}`
    },
    async list() {
      const rows = await database.$queryRaw<Row[]>`
        SELECT id, label, revision, started_at AS "startedAt", seen_at AS "seenAt", turn, asked, answered, answer
        FROM instances ORDER BY started_at, id`
      return rows.map(instanceOf)
    },
    async askToReload() {
      await database.$executeRaw`UPDATE instances SET asked = asked + 1`
    },
    async leave(id) {
      await database.$executeRaw`DELETE FROM instances WHERE id = ${id}`
    },
  }
}

const instanceOf = ({ id, label, revision, startedAt, seenAt, turn, asked, answered, answer }: Row): Instance => ({
  ...{ id, label, revision },
  startedAt: Number(startedAt),
  seenAt: Number(seenAt),
  turn: Number(turn),
  answer: asked > answered || answer === null ? undefined : (JSON.parse(answer) as ReloadAnswer),
})

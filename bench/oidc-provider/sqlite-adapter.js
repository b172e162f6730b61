// oidc-provider's records in a SQLite file: one table, one prepared statement for each of its questions.
import Database from 'better-sqlite3'

const TABLE = `
  CREATE TABLE IF NOT EXISTS records (
    model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, expires_at INTEGER, consumed INTEGER,
    uid TEXT, user_code TEXT, grant_id TEXT,
    PRIMARY KEY (model, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS records_uid ON records (uid) WHERE uid IS NOT NULL;
  CREATE INDEX IF NOT EXISTS records_user_code ON records (user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX IF NOT EXISTS records_grant_id ON records (grant_id) WHERE grant_id IS NOT NULL;`

const UPSERT = `
  INSERT INTO records (model, id, payload, expires_at, uid, user_code, grant_id) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (model, id) DO UPDATE SET
    payload = excluded.payload, expires_at = excluded.expires_at, uid = excluded.uid,
    user_code = excluded.user_code, grant_id = excluded.grant_id`

const LIVE = 'SELECT payload, consumed FROM records WHERE (expires_at IS NULL OR expires_at > ?) AND model = ?'

const epoch = () => Math.floor(Date.now() / 1000)

/** Gives what oidc-provider's `adapter` takes: a function from the name of a model to its adapter. */
export function sqliteAdapter(path) {
  const database = new Database(path)
  database.pragma('journal_mode = WAL')
  // A power cut may take the last commits along. Countersign promises more: FULL.
  database.pragma('synchronous = NORMAL')
  database.exec(TABLE)
  const upsert = database.prepare(UPSERT)
  const find = database.prepare(`${LIVE} AND id = ?`)
  const findByUid = database.prepare(`${LIVE} AND uid = ?`)
  const findByUserCode = database.prepare(`${LIVE} AND user_code = ?`)
  const consume = database.prepare('UPDATE records SET consumed = ? WHERE model = ? AND id = ?')
  const destroy = database.prepare('DELETE FROM records WHERE model = ? AND id = ?')
  const revoke = database.prepare('DELETE FROM records WHERE grant_id = ?')
  return (model) => ({
    async upsert(id, payload, expiresIn) {
      const expiresAt = expiresIn === undefined ? null : epoch() + expiresIn
      const { uid = null, userCode = null, grantId = null } = payload
      upsert.run(model, id, JSON.stringify(payload), expiresAt, uid, userCode, grantId)
    },
    find: async (id) => payloadOf(find.get(epoch(), model, id)),
    findByUid: async (uid) => payloadOf(findByUid.get(epoch(), model, uid)),
    findByUserCode: async (userCode) => payloadOf(findByUserCode.get(epoch(), model, userCode)),
    async consume(id) {
      consume.run(epoch(), model, id)
    },
    async destroy(id) {
      destroy.run(model, id)
    },
    async revokeByGrantId(grantId) {
      revoke.run(grantId)
    },
  })
}

const payloadOf = (row) =>
  row && { ...JSON.parse(row.payload), ...(row.consumed !== null && { consumed: row.consumed }) }

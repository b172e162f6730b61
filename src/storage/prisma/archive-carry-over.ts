/**
 * What the database that is replaced knows better than the backup: whom and what it trusts no longer
 * (docs/decisions/0010). In SQL, so that ten million accounts take no memory here.
 */
import type { Timestamp } from '../../base/clock.ts'
import type { ArchiveConnection } from './archive-connection.ts'

type Runner = Pick<ArchiveConnection, 'run'>

/** Before the tables are emptied. */
export async function rememberPresent({ run }: Runner): Promise<void> {
  await run('CREATE TEMP TABLE present_accounts AS SELECT id, password_hash, disabled_at FROM accounts')
  await run('CREATE UNIQUE INDEX present_accounts_id ON present_accounts (id)')
  await run(
    'CREATE TEMP TABLE present_clients AS SELECT id, secret_hash, sealed_secret, registration_token_hash, metadata FROM clients',
  )
  for (const table of [...SECOND_FACTORS, 'upstream_identities'])
    await run(`CREATE TEMP TABLE present_${table} AS SELECT * FROM ${table}`)
  await run('CREATE TEMP TABLE present_keys AS SELECT kid, revoked_at FROM signing_keys WHERE revoked_at IS NOT NULL')
}

/** After the rows of the backup are there. */
export async function carryOver(
  { run }: Runner,
  now: Timestamp,
): Promise<{ accountsDisabled: number; keysRevoked: number }> {
  // A password that was changed since may have been changed because others knew it.
  await run(
    `UPDATE accounts SET password_hash = (SELECT p.password_hash FROM present_accounts AS p WHERE p.id = accounts.id)
     WHERE EXISTS (SELECT 1 FROM present_accounts AS p WHERE p.id = accounts.id)`,
  )
  const disabled = await run(
    `UPDATE accounts SET disabled_at = (SELECT p.disabled_at FROM present_accounts AS p WHERE p.id = accounts.id)
     WHERE disabled_at IS NULL
       AND EXISTS (SELECT 1 FROM present_accounts AS p WHERE p.id = accounts.id AND p.disabled_at IS NOT NULL)`,
  )
  // Removed since; but where no account is known at all, this was the database of other people, or a new one.
  const removed = await run(
    `UPDATE accounts SET disabled_at = ${now}
     WHERE disabled_at IS NULL
       AND EXISTS (SELECT 1 FROM accounts AS a JOIN present_accounts AS p ON p.id = a.id)
       AND NOT EXISTS (SELECT 1 FROM present_accounts AS p WHERE p.id = accounts.id)`,
  )
  const keysRevoked = await run(
    `UPDATE signing_keys
     SET state = 'withdrawn', slot = NULL, sealed_private_jwk = NULL,
       revoked_at = (SELECT p.revoked_at FROM present_keys AS p WHERE p.kid = signing_keys.kid),
       withdraw_at = COALESCE(withdraw_at, ${now}),
       retired_at = CASE WHEN state = 'current' THEN ${now} ELSE retired_at END
     WHERE revoked_at IS NULL AND EXISTS (SELECT 1 FROM present_keys AS p WHERE p.kid = signing_keys.kid)`,
  )
  await carryOverClients({ run })
  await carryOverSecondFactors({ run })
  await carryOverIdentities({ run })
  return { accountsDisabled: disabled + removed, keysRevoked }
}

/** Clients that registered themselves: their secrets and what they are now, and none that was removed since. */
async function carryOverClients({ run }: Runner): Promise<void> {
  await run(
    `DELETE FROM clients
     WHERE EXISTS (SELECT 1 FROM clients AS c JOIN present_clients AS p ON p.id = c.id)
       AND NOT EXISTS (SELECT 1 FROM present_clients AS p WHERE p.id = clients.id)`,
  )
  const columns = ['secret_hash', 'sealed_secret', 'registration_token_hash', 'metadata']
  const values = columns.map((name) => `${name} = (SELECT p.${name} FROM present_clients AS p WHERE p.id = clients.id)`)
  await run(
    `UPDATE clients SET ${values.join(', ')}
     WHERE EXISTS (SELECT 1 FROM present_clients AS p WHERE p.id = clients.id)`,
  )
}

const SECOND_FACTORS = ['totps', 'recovery_codes', 'passkeys']

/** As passwords: one that was taken away since may have been stolen, and a code that was used since is used. */
async function carryOverSecondFactors({ run }: Runner): Promise<void> {
  for (const table of SECOND_FACTORS) {
    await run(`DELETE FROM ${table} WHERE account_id IN (SELECT id FROM present_accounts)`)
    await run(`INSERT INTO ${table} SELECT * FROM present_${table} WHERE account_id IN (SELECT id FROM accounts)`)
  }
}

/** The same of who accounts are elsewhere: what was unlinked since signs nobody in, and what is linked now stays with its account. */
async function carryOverIdentities({ run }: Runner): Promise<void> {
  await run(
    `DELETE FROM upstream_identities WHERE account_id IN (SELECT id FROM present_accounts)
       OR EXISTS (SELECT 1 FROM present_upstream_identities AS p
         WHERE p.issuer = upstream_identities.issuer AND p.subject = upstream_identities.subject)`,
  )
  await run(
    'INSERT INTO upstream_identities SELECT * FROM present_upstream_identities WHERE account_id IN (SELECT id FROM accounts)',
  )
}

/** Where a secret could turn up: texts, and the files and rows of the database, each under the name of its place. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import pg from 'pg'

export interface Place {
  readonly name: string
  readonly text: string | Buffer
}

export interface Places {
  readonly all: readonly Place[]
  add(name: string, text: string | Buffer): void
}

export function places(): Places {
  const all: Place[] = []
  return {
    all,
    add(name, text) {
      if (text.length > 0) all.push({ name, text })
    },
  }
}

/** Every file below `folder`, byte by byte. @param without by the path below it */
export async function addFiles(to: Places, folder: string, without: (path: string) => boolean): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name))
    if (!entry.isFile() || without(path)) continue
    // SQLite takes its files away when the last one closes it.
    const bytes = await readFile(join(folder, path)).catch(() => Buffer.alloc(0))
    to.add(`file ${path.replace(/\d{4,}\S*/, 'N')}`, bytes)
  }
}

/** Every row of every table as text; bytes come as hexadecimal. Gives how many there were. */
export async function addRows(to: Places, url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
       WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`,
    )
    let count = 0
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)
      count += rows.length
      to.add(`table ${name}`, rows.map(({ row }) => row).join('\n'))
    }
    return count
  } finally {
    await client.end()
  }
}

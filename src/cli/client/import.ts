/** `countersign client import --from keycloak realm.json`: prints entries for the configuration file. */

import { parseArgs } from 'node:util'
import { Document, type YAMLMap } from 'yaml'
import { counted } from '../../base/counted.ts'
import { keycloakClient, type MovedClient } from '../../clients/moving/keycloak.ts'
import { CommandError, type Terminal, UsageError } from '../command.ts'
import { JsonStreamError, jsonElements } from '../import/json-elements.ts'
import { bytesOf } from '../import/sources.ts'

const MAX_CLIENT_BYTES = 4 * 1024 * 1024

/** `args` are the words after `client import`. Opens nothing: what it prints is for a person to read and paste. */
export async function importClients(
  args: readonly string[],
  { terminal }: { readonly terminal: Terminal },
): Promise<number> {
  const path = readWords(args)
  const moved = await readClients(path, terminal)
  const entries = moved.filter(({ entry }) => entry !== undefined)
  if (entries.length > 0) terminal.stdout.write(yamlOf(entries))
  for (const { clientId, remarks, entry } of moved) {
    if (entry === undefined) terminal.stderr.write(`${clientId}: ${remarks.join('; ')}\n`)
  }
  const open = entries.filter(({ remarks }) => remarks.length > 0).length
  terminal.stderr.write(
    `${counted(entries.length, 'entry', 'entries')}, of which ${counted(open, 'has', 'have')} comments that say what is left to do. Nothing was written: ` +
      'put them below clients, then countersign check.\n',
  )
  return 0
}

function readWords(args: readonly string[]): string {
  let parsed: { values: { from?: string; config?: string }; positionals: string[] }
  try {
    parsed = parseArgs({
      args: [...args],
      options: { from: { type: 'string' }, config: { type: 'string' } },
      allowPositionals: true,
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'wrong options')
  }
  const [path, ...more] = parsed.positionals
  if (parsed.values.from !== 'keycloak') throw new UsageError('client import wants --from keycloak')
  if (path === undefined || more.length > 0) throw new UsageError('client import reads one file (- for standard input)')
  return path
}

async function readClients(path: string, { stdin }: Terminal): Promise<readonly MovedClient[]> {
  const moved: MovedClient[] = []
  try {
    for await (const { text } of jsonElements(bytesOf(path, stdin)(), ['clients'], MAX_CLIENT_BYTES)) {
      const value: unknown = JSON.parse(text ?? 'null')
      if (typeof value !== 'object' || value === null) throw new CommandError('a client of the file cannot be read')
      const client = keycloakClient({ ...value })
      if (client !== undefined) moved.push(client)
    }
  } catch (error) {
    if (error instanceof JsonStreamError) throw new CommandError(`the file is no realm export: ${error.message}`)
    // Its message would quote the file, which holds secrets.
    throw error instanceof SyntaxError ? new CommandError('the file is no realm export: it is not JSON') : error
  }
  return moved
}

/** A remark stands as a comment above the entry that it is about. */
function yamlOf(clients: readonly MovedClient[]): string {
  const document = new Document({ clients: clients.map(({ entry }) => escaped(entry)) })
  const list = document.get('clients') as { items: YAMLMap[] }
  list.items.forEach((item, at) => {
    const remarks = clients[at]?.remarks ?? []
    if (remarks.length > 0) item.commentBefore = remarks.map((remark) => ` TODO ${remark}`).join('\n')
  })
  return document.toString({ lineWidth: 0 })
}

/** `${` is the configuration file's own; here it is meant as it stands. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.split('${').join('$${')
  if (Array.isArray(value)) return value.map(escaped)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, escaped(one)]))
}

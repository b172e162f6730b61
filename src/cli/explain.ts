/** `countersign explain`: why a request was refused, in plain words. */
import { parseArgs } from 'node:util'
import { isIdentifier } from '../base/identifier.ts'
import { knownClient } from '../clients/known-client.ts'
import type { Config } from '../config/config.ts'
import { readErrorId } from '../refusals/error-id.ts'
import type { Story } from '../refusals/story.ts'
import { type Around, flowOf, tell } from '../refusals/tell.ts'
import type { Storage } from '../storage/storage.ts'
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'
import { flowJson, storyJson } from './explain/json.ts'
import { flowText, storyText } from './explain/text.ts'
import { type Open, openAt, splitConfigOption } from './open.ts'

const USAGE = `countersign explain ID [--json] [--config FILE]

Tells why a request was refused: when, who asked for what, which one check failed, what was expected and what came, and
what to do about it. Never a secret.

ID is the id of an error, such as abcd-efgh: it is on the error page, in error_description, and in the log as reqId.
It may also be the id of a flow, which is in the log as \`flow\`: one sign-on from its beginning to the last refresh.

Refusals are kept for as long as \`refusals.keep\` says, 14 days unless told.
`

/** `open` is given by tests. */
export function explainCommand(open: Open): Command {
  return {
    name: 'explain',
    summary: 'Tell why a request was refused',
    usage: USAGE,
    async run(args, terminal) {
      const { path, rest } = splitConfigOption(args)
      const { id, json } = readWords(rest)
      const opened = await open(path, terminal)
      try {
        if (isIdentifier(id)) await explainFlow(opened, id, json, terminal)
        else await explainError(opened, id, json, terminal)
        return 0
      } finally {
        await opened.close()
      }
    },
  }
}

export const explain: Command = explainCommand(openAt)

function readWords(args: readonly string[]): { id: string; json: boolean } {
  const { values, positionals } = parse(args)
  const [id, ...others] = positionals
  if (id === undefined || others.length > 0) throw new UsageError('explain wants one id, such as abcd-efgh.')
  return { id: asWritten(id), json: values.json ?? false }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { json: { type: 'boolean' } }, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'wrong options')
  }
}

function asWritten(typed: string): string {
  const id = readErrorId(typed)
  if (id === undefined) throw new UsageError('that is no id: one of an error looks like abcd-efgh.')
  return id
}

interface Asked {
  readonly config: Config
  readonly storage: Storage
}

async function explainError(asked: Asked, id: string, json: boolean, { stdout }: Terminal): Promise<void> {
  const found = await asked.storage.refusals.findByErrorId(id)
  if (found.length === 0) throw new CommandError(UNKNOWN(id))
  const stories: Story[] = []
  for (const refusal of found) stories.push(await tell(around(asked), refusal))
  if (json) stdout.write(`${JSON.stringify(stories.map(storyJson), null, 2)}\n`)
  else stdout.write(stories.map(storyText).join('\n'))
}

async function explainFlow(asked: Asked, id: string, json: boolean, { stdout }: Terminal): Promise<void> {
  const flow = await flowOf(asked.storage, id)
  if (flow.interaction === undefined && flow.grant === undefined && flow.refusals.length === 0) {
    throw new CommandError(`Nothing is stored of a flow ${id}: it is over for long, or the id is not complete.`)
  }
  const stories: Story[] = []
  for (const refusal of flow.refusals) stories.push(await tell(around(asked), refusal))
  if (json) stdout.write(`${JSON.stringify(flowJson(id, flow, stories), null, 2)}\n`)
  else stdout.write(flowText(id, flow, stories))
}

const UNKNOWN = (id: string): string =>
  `No refusal with the id ${id} is stored. It is mistyped, or older than \`refusals.keep\`, or too many of its kind came at once
and were only counted. If it was given, the log has a line of it, as long as the log is kept: search for reqId ${id}.`

const around = ({ storage, config }: Asked): Around => ({
  storage,
  sessionIdle: config.lifetimes.sessionIdle,
  clientIds: config.clients.map(({ id }) => id),
  knownClient: (id) => knownClient({ storage, config }, id),
})

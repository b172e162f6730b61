/** `countersign client show`: one client as it is served, or what to tell its app. */
import { CommandError, type Terminal, UsageError } from '../command.ts'
import { CONFIG_OPTION, loadConfigOrFail } from '../config.ts'
import type { App } from './apps/app.ts'
import { apps } from './apps/index.ts'
import { clientInForce, clientText } from './in-force.ts'
import { settingsFor, whyNot } from './settings.ts'
import { readWords, type Subcommand, withOpened } from './subcommand.ts'
import { clientJson } from './table.ts'

const OPTIONS = { ...CONFIG_OPTION, json: { type: 'boolean' }, for: { type: 'string' } } as const

export const show: Subcommand = async (args, context) => {
  const at = args.indexOf('--for')
  if (at >= 0 && (args[at + 1] ?? '-').startsWith('-')) return refuseApp()
  const { values, positionals } = readWords(args, OPTIONS, ['the client_id'])
  const id = positionals[0] ?? ''
  const app = values.for === undefined ? undefined : getApp(values.for)
  const { stdout } = context.terminal
  const config = loadConfigOrFail(values.config, context.terminal)
  const client = config.clients.find((one) => one.id === id)
  if (client !== undefined && app !== undefined) {
    const reason = whyNot(app, client)
    if (reason !== undefined) throw new CommandError(reason)
    return showSettings(settingsFor(app, client, config), context.terminal)
  }
  if (client !== undefined) {
    stdout.write(values.json ? `${JSON.stringify(clientInForce(client), undefined, 2)}\n` : clientText(client))
    return 0
  }
  return withOpened(context, values.config, async ({ storage }) => {
    const record = await storage.registeredClients.find(id)
    if (record === undefined) throw new CommandError('there is no client with this client_id (countersign client list)')
    if (app !== undefined) throw new CommandError('it registered itself: it has got its settings by that')
    const shown = clientJson({ source: 'registration', record, isShadowed: false })
    stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`)
    return 0
  })
}

const getApp = (name: string): App => apps.find((one) => one.name === name) ?? refuseApp()

/** Without a name, or with one that is not known. */
function refuseApp(): never {
  throw new UsageError(`--for wants one of\n${apps.map((one) => `  ${one.name.padEnd(16)} ${one.title}`).join('\n')}`)
}

/** The settings alone on standard output, so that they can go into a file. */
function showSettings({ text, advice }: ReturnType<typeof settingsFor>, { stdout, stderr }: Terminal): number {
  stdout.write(text)
  if (advice.length > 0) stderr.write(`\n${advice.map((one) => `- ${one}\n`).join('')}`)
  return 0
}

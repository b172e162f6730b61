/** `countersign mail`: whether mails arrive. */
import { parseArgs } from 'node:util'
import { newIdentifier } from '../base/identifier.ts'
import { mailAddress } from '../base/mail-address.ts'
import { compose } from '../mail/compose.ts'
import { messageOf } from '../mail/message.ts'
import { sendMail } from '../mail/transport.ts'
import { openWords } from '../words/words.ts'
import { type Command, CommandError, UsageError } from './command.ts'
import { CONFIG_OPTION, CONFIG_OPTION_USAGE, loadConfigOrFail } from './config.ts'

export const mail: Command = {
  name: 'mail',
  summary: 'Send a mail to try the settings of `mail`',
  usage: `countersign mail test ADDRESS [--language TAG] [--config FILE]

Sends a mail by the settings of \`mail\` in the configuration, at once and once, and tells what the
mail server said. Needs neither the database nor a running Countersign.

  --language TAG  of the mail, such as de; en unless told
${CONFIG_OPTION_USAGE}

The exit status is 0 when the server took the mail: whether it arrives, its reader sees.
`,
  async run(args, terminal) {
    const { address, language, config: option } = readWords(args)
    const config = loadConfigOrFail(option, terminal)
    const { mail: settings, name: installation, brand, issuer } = config
    if (settings === undefined) throw new CommandError('the configuration has no `mail`: see docs/mail.md')
    const { from, replyTo, transport } = settings
    const date = terminal.clock.now()
    const id = `mail/${newIdentifier(date, terminal.random)}`
    const spoken = openWords(config).speak([language])
    const values = { at: date }
    const composed = compose('test', { language: spoken, values, installation, colours: brand.colours })
    const bytes = await messageOf(composed, { from, replyTo, to: address, id, date })
    const helo = new URL(issuer).hostname
    const outgoing = { id, name: 'test', date, from: from.address, to: address, bytes, readable: composed } as const
    const sent = await sendMail(transport, outgoing, helo)
    if (sent.kind === 'accepted') {
      terminal.stdout.write(`The mail to ${address} was taken: ${sent.answer}\n`)
      return 0
    }
    const again = sent.kind === 'refused' ? 'it would not be tried again' : 'it would be tried again'
    throw new CommandError(`the mail to ${address} was not taken, and ${again}\n  ${sent.reason}${advice(sent.advice)}`)
  },
}

const advice = (text: string | undefined): string => (text === undefined ? '' : `\n  → ${text}`)

function readWords(args: readonly string[]): { address: string; language: string; config: string | undefined } {
  const { values, positionals } = parse(args)
  const [subcommand, to, ...rest] = positionals
  if (subcommand !== 'test' || to === undefined || rest.length > 0) throw new UsageError('say: mail test ADDRESS')
  const found = mailAddress(to)
  if (found === undefined) throw new UsageError(`${JSON.stringify(to)} is no address that mails can be sent to`)
  const { language = 'en', config } = values
  if (!/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(language))
    throw new UsageError('--language wants a tag such as de or pt-BR')
  return { address: found.address, language, config }
}

function parse(args: readonly string[]) {
  try {
    const options = { ...CONFIG_OPTION, language: { type: 'string' } } as const
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'wrong options')
  }
}

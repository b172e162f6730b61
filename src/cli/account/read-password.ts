/** Where a password comes from: a prompt that does not show it, or standard input when that is not a terminal. */
import { StringDecoder } from 'node:string_decoder'
import { MAX_PASSWORD_BYTES } from '../../accounts/password-rules.ts'
import { CommandError, type Terminal } from '../command.ts'

const ENTER = /[\r\n]/
const CONTROL_C = '\u0003'
const CONTROL_D = '\u0004'
const CONTROL_U = '\u0015'
const BACKSPACE = /[\b\u007f]/
const ESCAPE = '\u001b'

/** The password as it was typed or piped, without the end of its line. Throws CommandError when there is none. */
export async function readPassword(terminal: Terminal, prompt: string): Promise<string> {
  const password = terminal.stdin.isTTY ? await promptHidden(terminal, prompt) : await readPiped(terminal)
  if (password === '') throw new CommandError('no password was given')
  return password
}

async function readPiped({ stdin }: Terminal): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    // Room for the end of the line, and one byte more for the rule to see that it is too long.
    if (length > MAX_PASSWORD_BYTES + 3)
      throw new CommandError(`the password is longer than ${MAX_PASSWORD_BYTES} bytes`)
    chunks.push(bytes)
  }
  const password = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (ENTER.test(password))
    throw new CommandError('standard input holds more than one line: only the password may be in it')
  return password
}

/** Raw mode, so that the terminal echoes nothing; the usual editing keys are done here. The prompt goes to standard error. */
async function promptHidden({ stdin, stderr }: Terminal, prompt: string): Promise<string> {
  stderr.write(prompt)
  stdin.setRawMode(true)
  try {
    return await typedLine(stdin)
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

function typedLine(stdin: NodeJS.ReadStream): Promise<string> {
  const decoder = new StringDecoder('utf8')
  let typed: readonly string[] = []
  return new Promise((resolve, reject) => {
    const stop = (settle: () => void): void => {
      stdin.off('data', onData)
      stdin.off('end', onEnd)
      settle()
    }
    const onEnd = (): void => stop(() => reject(new CommandError('no password was given')))
    const onData = (chunk: Buffer | string): void => {
      const text = typeof chunk === 'string' ? chunk : decoder.write(chunk)
      // An arrow key or the like; it comes as a chunk of its own.
      if (text.startsWith(ESCAPE)) return
      for (const character of text) {
        if (ENTER.test(character) || character === CONTROL_D) {
          stop(() => resolve(typed.join('')))
          return
        }
        if (character === CONTROL_C) {
          stop(() => reject(new CommandError('cancelled')))
          return
        }
        typed = edited(typed, character)
      }
    }
    stdin.on('data', onData)
    stdin.on('end', onEnd)
    stdin.resume()
  })
}

function edited(typed: readonly string[], character: string): readonly string[] {
  if (BACKSPACE.test(character)) return typed.slice(0, -1)
  if (character === CONTROL_U) return []
  return /\p{Cc}/u.test(character) ? typed : [...typed, character]
}

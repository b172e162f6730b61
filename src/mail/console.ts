/** Mails for whoever develops: printed as they would be sent. */
import type { Outgoing, Sent } from './transport.ts'

const LINE = '─'.repeat(72)

export async function sendToConsole({ bytes }: Outgoing): Promise<Sent> {
  process.stdout.write(`${LINE}\n${bytes.toString('utf8').replaceAll('\r\n', '\n').trimEnd()}\n${LINE}\n`)
  return { kind: 'accepted', answer: 'printed' }
}

/** Mails for whoever develops: printed as they read. */
import type { Outgoing, Sent } from './transport.ts'

const LINE = '─'.repeat(72)

export async function sendToConsole({ from, to, readable }: Outgoing): Promise<Sent> {
  const { subject, text } = readable
  process.stdout.write(`${LINE}\nFrom: ${from}\nTo: ${to}\nSubject: ${subject}\n\n${text}${LINE}\n`)
  return { kind: 'accepted', answer: 'printed' }
}

/** A reporter of node:test that writes one line for every test that did not run: its name, and why. */
import type { TestEvent } from 'node:test/reporters'

export default async function* leftOut(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, skip, todo } = event.data
    const why = skip ?? todo
    if (why !== undefined && why !== false) yield `${name}${typeof why === 'string' && why !== '' ? `: ${why}` : ''}\n`
  }
}

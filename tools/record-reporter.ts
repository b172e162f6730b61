/** A reporter of node:test that writes a line when a test begins, ends, fails or is left out. */
import type { TestEvent } from 'node:test/reporters'

/** How the lines begin. */
export const LEFT_OUT = 'left out: '
export const FAILED = 'failed: '

export default async function* record(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type === 'test:dequeue') yield `begins: ${data.name}\n`
    if (type === 'test:complete') yield `ends: ${data.name}\n`
    if (type === 'test:fail') yield `${FAILED}${data.name}\n`
    if (type === 'test:pass' || type === 'test:fail') yield* leftOut(data)
  }
}

function* leftOut({ name, skip, todo }: { name: string; skip?: string | boolean; todo?: string | boolean }) {
  const why = skip ?? todo
  if (why !== undefined && why !== false) {
    yield `${LEFT_OUT}${name}${typeof why === 'string' && why !== '' ? `: ${why}` : ''}\n`
  }
}

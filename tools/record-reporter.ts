/** A reporter of node:test that writes a line when a test waits for its turn, begins, ends, passes, fails or is left out. */
import type { TestEvent } from 'node:test/reporters'

/** How the lines begin. */
export const LINES = {
  waits: 'waits: ',
  begins: 'begins: ',
  ends: 'ends: ',
  passed: 'passed: ',
  failed: 'failed: ',
  leftOut: 'left out: ',
} as const

export default async function* record(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const { type, data } = event
    if (type === 'test:enqueue') yield `${LINES.waits}${data.name}\n`
    if (type === 'test:dequeue') yield `${LINES.begins}${data.name}\n`
    if (type === 'test:complete') yield `${LINES.ends}${data.name}\n`
    if (type === 'test:pass' && data.details.type !== 'suite') yield `${LINES.passed}${data.name}\n`
    if (type === 'test:fail') yield `${LINES.failed}${data.name}: ${firstLines(data.details.error.cause)}\n`
    if (type === 'test:pass' || type === 'test:fail') yield* leftOut(data)
  }
}

/** On one line. */
const firstLines = (cause: unknown): string =>
  String(cause instanceof Error ? cause.message : cause)
    .slice(0, 2000)
    .replaceAll('\n', ' | ')

function* leftOut({ name, skip, todo }: { name: string; skip?: string | boolean; todo?: string | boolean }) {
  const why = skip ?? todo
  if (why !== undefined && why !== false) {
    yield `${LINES.leftOut}${name}${typeof why === 'string' && why !== '' ? `: ${why}` : ''}\n`
  }
}

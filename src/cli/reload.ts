/** `countersign reload`: asks every process that serves to read its configuration again, and says what became of it. */
import { parseArgs } from 'node:util'
import { systemClock, type Timestamp } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import { isThere } from '../storage/instances.ts'
import type { Instance, InstanceStore } from '../storage/storage.ts'
import { type Command, type Terminal, UsageError } from './command.ts'
import { type Open, openAt, splitConfigOption } from './open.ts'
import { printable } from './table.ts'

const USAGE = `countersign reload [--json] [--config FILE]

Asks every process that serves from this database to read its configuration again, and waits for its answer. They also
do so by themselves, within some seconds of a change of their files. A file with faults changes nothing.

Exit status 0: all of them serve what their files say. 1: the files have faults or are not the same everywhere,
something needs a restart, one of the processes did not answer, or none serves.
`

const PATIENCE: Duration = 15 * SECOND
const LOOK_EVERY: Duration = SECOND / 5

interface Waiting {
  now(): Timestamp
  pause(duration: Duration): Promise<unknown>
}

const BY_THE_CLOCK: Waiting = {
  now: systemClock.now,
  pause: (duration) => new Promise((resolve) => setTimeout(resolve, duration)),
}

/** `open` and `waiting` are given by tests. */
export function reloadCommand(open: Open, waiting: Waiting = BY_THE_CLOCK): Command {
  return {
    name: 'reload',
    summary: 'Let all that serve read the configuration again',
    usage: USAGE,
    async run(args, terminal) {
      const { path, rest } = splitConfigOption(args)
      const json = readWords(rest)
      // Its faults are told here, as `check` tells them, before anybody is asked.
      const opened = await open(path, terminal)
      try {
        return show(await askAll(opened.storage.instances, waiting), json, terminal)
      } finally {
        await opened.close()
      }
    },
  }
}

export const reload: Command = reloadCommand(openAt)

function readWords(args: readonly string[]): boolean {
  try {
    return parseArgs({ args: [...args], options: { json: { type: 'boolean' } } }).values.json ?? false
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'wrong options')
  }
}

/** Those that live, with their answers; those that gave none in time have none. */
async function askAll(store: InstanceStore, { now, pause }: Waiting): Promise<readonly Instance[]> {
  const began = now()
  const asked = (await store.list()).filter((one) => isThere(one, began))
  const ids = new Set(asked.map(({ id }) => id))
  await store.askToReload()
  for (;;) {
    const all = (await store.list()).filter(({ id }) => ids.has(id))
    if (all.every(({ answer }) => answer !== undefined) || now() - began > PATIENCE) return all
    await pause(LOOK_EVERY)
  }
}

function show(instances: readonly Instance[], json: boolean, { stdout }: Terminal): number {
  if (json) {
    const all = instances.map(({ label, answer }) => ({ process: label, ...(answer ?? { outcome: 'no_answer' }) }))
    stdout.write(`${JSON.stringify(all, null, 2)}\n`)
  } else if (instances.length === 0) stdout.write(`${NOBODY}\n`)
  else for (const instance of instances) stdout.write(`${inWords(instance).split('\n').map(printable).join('\n')}\n`)
  const isOne = new Set(instances.map(({ answer, revision }) => answer?.revision ?? revision)).size <= 1
  if (!isOne && !json) stdout.write(`${DIFFERENT}\n`)
  const areServed = instances.length > 0
  const areFine = instances.every(({ answer }) => answer !== undefined && answer.outcome !== 'refused')
  return areServed && areFine && isOne ? 0 : 1
}

const NOBODY =
  'No process serves from this database just now: none was asked, and what the files say is in force nowhere until one starts.'

const DIFFERENT =
  'They do not serve the same: their files differ. Until they agree, a client that only some of them know is not ended.'

function inWords({ label, answer }: Instance): string {
  switch (answer?.outcome) {
    case undefined:
      return `${label}: no answer within ${PATIENCE / SECOND} seconds`
    case 'applied':
      return `${label}: revision ${answer.revision} is in force, ${answer.detail}`
    case 'unchanged':
      return `${label}: revision ${answer.revision} is in force already, ${answer.detail}`
    case 'refused':
      return `${label}: revision ${answer.revision} stays in force, because\n${answer.detail.replace(/^/gm, '  ')}`
  }
}

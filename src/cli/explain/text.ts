/** A story as lines for a person at a terminal. */
import { type FlowRecords, type Step, stepsOf } from '../../refusals/steps.ts'
import type { Story } from '../../refusals/story.ts'
import { toIso } from '../table.ts'

const WIDTH = 100
const LABEL = 10

export function storyText(story: Story): string {
  const { told, asked, also, from, client } = story
  const questions = Object.entries(asked).map(([name, value]) => `${name}=${value}`)
  const lines = [
    `Error ${story.errorId}`,
    ...labelled('when', toIso(story.at)),
    ...labelled('where', `${story.endpoint}, answered ${story.status}`),
    ...labelled('client', client && (client.name === undefined ? client.id : `${client.id} (${client.name})`)),
    ...labelled('account', accountOf(story)),
    ...labelled('from', [from.ip, from.userAgent].filter((one) => one !== undefined).join(', ') || undefined),
    ...(questions.length > 0 ? [label('asked', questions[0]), ...questions.slice(1).map((one) => label('', one))] : []),
    ...labelled('', also.length > 0 ? `and without showing them: ${also.join(', ')}` : undefined),
    ...labelled('told', told.code === undefined ? told.description : `${told.code}: ${told.description}`),
    '',
    ...labelled('failed', `${story.failed} (${story.check})`),
    ...labelled('expected', story.expected),
    ...labelled('came', story.came),
    ...(story.shown.length > 0 ? ['', ...story.shown.map((line) => label('', line))] : []),
    '',
    ...story.todo.flatMap((one, index) => labelled(index === 0 ? 'to do' : '', one)),
    ...labelled(
      'also',
      story.more > 0 ? `and ${story.more.toLocaleString('en')} more like this soon after, only counted` : undefined,
    ),
    ...(story.steps.length > 1 ? ['', ...flowLines(story.flowId, story.steps)] : labelled('flow', story.flowId)),
  ]
  return text(lines)
}

function accountOf({ accountId, username }: Story): string | undefined {
  if (accountId === undefined) return undefined
  return username === undefined ? `sub ${accountId}, which is gone by now` : `${username} (sub ${accountId})`
}

export function flowText(id: string, flow: FlowRecords, stories: readonly Story[]): string {
  const steps = text(flowLines(id, stepsOf(flow)))
  const refusals = stories.map((story) => storyText({ ...story, steps: [] }))
  return [steps, ...(refusals.length === 0 ? [text(['Nothing of it was refused.'])] : refusals)].join('\n')
}

const flowLines = (id: string | undefined, steps: readonly Step[]): readonly string[] => [
  `Flow ${id ?? ''}`,
  ...steps.map(({ at, what }) => label('', `${toIso(at)}  ${what}`)),
]

const label = (name: string, value = ''): string => `  ${name.padEnd(LABEL)}${value}`

/** Broken at words. */
function labelled(name: string, value: string | undefined): readonly string[] {
  if (value === undefined) return []
  const lines: string[] = []
  for (const word of value.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < WIDTH - LABEL) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line, index) => label(index === 0 ? name : '', line))
}

/** What is stored must not steer the terminal, whoever wrote it into the database. */
const text = (lines: readonly string[]): string =>
  lines.map((line) => `${line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD').trimEnd()}\n`).join('')

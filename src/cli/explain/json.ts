/** A story for machines. */
import { type FlowRecords, type Step, stepsOf } from '../../refusals/steps.ts'
import type { Story } from '../../refusals/story.ts'
import { toIso } from '../table.ts'

export const storyJson = (story: Story) => ({
  error_id: story.errorId,
  flow_id: story.flowId ?? null,
  at: toIso(story.at),
  endpoint: story.endpoint,
  status: story.status,
  client: story.client === undefined ? null : { client_id: story.client.id, client_name: story.client.name ?? null },
  account_id: story.accountId ?? null,
  username: story.username ?? null,
  told: { error: story.told.code ?? null, description: story.told.description },
  asked: story.asked,
  also: story.also,
  from: { ip: story.from.ip ?? null, user_agent: story.from.userAgent ?? null },
  check: story.check,
  failed: story.failed,
  expected: story.expected ?? null,
  came: story.came ?? null,
  shown: story.shown,
  to_do: story.todo,
  more: story.more,
  steps: story.steps.map(stepJson),
})

export const flowJson = (id: string, flow: FlowRecords, stories: readonly Story[]) => ({
  flow_id: id,
  steps: stepsOf(flow).map(stepJson),
  refusals: stories.map((story) => storyJson({ ...story, steps: [] })),
})

const stepJson = ({ at, what }: Step) => ({ at: toIso(at), what })
